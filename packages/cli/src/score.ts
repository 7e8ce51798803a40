import { averagePrecision, pixelMetrics, rocAuc, type ScoredImage } from '@rddpm/metrics';
import { type Scores, toScores } from '@rddpm/report';

/** A test image's map and mask at one size, and its score. */
export type ScoredTestImage = ScoredImage & { readonly defective: boolean; readonly score: number };

/** The metrics of `results.json`. Undefined ones are null, with the reason beside them. */
export function scoreImages(images: readonly ScoredTestImage[], reconstruction?: { mse: number; psnr: number }): Scores {
  const labels = images.map(({ defective }) => (defective ? 1 : 0));
  const scores = images.map(({ score }) => score);
  return toScores({
    pixel: pixelMetrics(images),
    image: { auroc: rocAuc(labels, scores), averagePrecision: averagePrecision(labels, scores) },
    ...(reconstruction ? { reconstruction } : {}),
  });
}
