/** A detection against the masks: overall, by kind of defect, and how well normal images are rebuilt. */
import type { ImageBatch } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import type { DefectScores, Scores } from '@rddpm/report';
import type { NdArray } from 'ndarray';
import { type ScoredTestImage, scoreImages } from '../score.ts';

export type TestSet = {
  readonly samples: readonly Sample[];
  readonly images: ImageBatch;
  /** [n, h, w], 0 or 1. */
  readonly masks: NdArray<Uint8Array>;
};

export type DetectionScores = Scores & { readonly defects: DefectScores[] };

/** @param seen The kinds of defect among the contaminants. */
export function scoreDetection(
  test: TestSet,
  detection: { maps: NdArray<Float32Array>; reconstructions: ImageBatch; scores: ArrayLike<number> },
  seen: ReadonlySet<string>,
): DetectionScores {
  const { samples, images, masks } = test;
  const [, height, width] = masks.shape as [number, number, number];
  const pixels = height * width;
  const scored = samples.map(({ kind, anomalous = false }, i): ScoredTestImage & { kind: string } => {
    const [map, mask] = [detection.maps.data, masks.data].map((rows) => rows.subarray(i * pixels, (i + 1) * pixels));
    return { map: map!, mask: mask!, width, height, kind, defective: anomalous, score: detection.scores[i]! };
  });
  const kinds = [...new Set(samples.flatMap(({ kind, anomalous }) => (anomalous ? [kind] : [])))].sort();
  const reconstruction = reconstructionError(images, detection.reconstructions, (i) => !samples[i]!.anomalous);
  return {
    ...scoreImages(scored, reconstruction),
    defects: kinds.map((kind) => ({
      name: kind,
      seenInTraining: seen.has(kind),
      count: samples.filter((sample) => sample.kind === kind).length,
      ...scoreImages(scored.filter((image) => image.kind === kind || !image.defective)),
    })),
  };
}

/** On pixels in [0, 1], over the images that `of` picks together; the peak signal is 1, so psnr is -10 log10(mse). NaN without any. */
function reconstructionError(images: ImageBatch, reconstructions: ImageBatch, of: (image: number) => boolean) {
  const [n, ...inner] = images.shape as [number, ...number[]];
  const size = inner.reduce((product, length) => product * length, 1);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (!of(i)) continue;
    for (let k = i * size; k < (i + 1) * size; k++) sum += (images.data[k]! - reconstructions.data[k]!) ** 2;
    count += size;
  }
  const mse = sum / count;
  return { mse, psnr: -10 * Math.log10(mse) };
}
