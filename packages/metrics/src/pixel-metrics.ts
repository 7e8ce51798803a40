import { type ByPixelMetric, type PixelTally, pixelValues } from './catalogue.ts';
import { bothPasses } from './counting/both-passes.ts';
import type { Negatives } from './counting/negatives.ts';
import type { Positives } from './counting/positives.ts';
import { type Tally, toTally } from './counting/tally.ts';
import { highestF1 } from './ranking/best-f-beta.ts';
import { scoreImages } from './regions/per-image-overlap.ts';
import { pixelGains } from './regions/pixel-gains.ts';
import { checkImages, type ScoredImage } from './scored-image.ts';

/** The metrics of a set of anomaly maps, over all pixels of all images together. Each is NaN where it is undefined. */
export type PixelMetrics = ByPixelMetric<number> & {
  /** The lowest threshold that reaches `f1Max`. */
  readonly f1MaxThreshold: number;
};

/**
 * All pixel metrics at the price of one: each pixel is sorted once. For images that don't fit into memory together there is
 * {@link streamedMetrics}.
 *
 * Takes and throws what auPro does.
 *
 * Memory beside the input: about 20 MB, and 70 bytes for each anomalous pixel; about twice that for float64 maps.
 */
export function pixelMetrics(images: readonly ScoredImage[]): PixelMetrics {
  const { positives, negatives } = bothPasses(checkImages('pixelMetrics', images), { gainsOf: pixelGains, perImage: true });
  return metricsOf(toPixelTally(toTally(positives, negatives), positives, negatives));
}

/** @param counts What `toTally` makes of both passes. */
export function toPixelTally(counts: Tally, { regions, perImage }: Positives, { normalImages: normal }: Negatives): PixelTally {
  const images = perImage && normal && { normal, meanOver: (worth: Float64Array) => scoreImages(perImage, worth).mean };
  return { counts, regions, images };
}

export function metricsOf(tally: PixelTally): PixelMetrics {
  return { ...pixelValues(tally), f1MaxThreshold: highestF1(tally.counts).threshold };
}
