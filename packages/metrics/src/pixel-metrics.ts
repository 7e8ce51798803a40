import { highestF1 } from './ranking/best-f-beta.ts';
import { meanPrecision } from './ranking/precision-recall.ts';
import { areaUnderRoc } from './ranking/roc.ts';
import { areaUnderPro, tallyRegions } from './regions/per-region-overlap.ts';
import { checkImages, type ScoredImage } from './scored-image.ts';
import type { RegionGains } from './streaming/positives.ts';
import type { Tally } from './tally.ts';

/** The metrics of a set of anomaly maps, over all pixels of all images together. Each is NaN where it is undefined. */
export type PixelMetrics = {
  /** See rocAuc. */
  readonly auroc: number;
  /** See averagePrecision. */
  readonly averagePrecision: number;
  /** AU-PRO up to a false positive rate of 0.3; see auPro. */
  readonly auPro30: number;
  /** AU-PRO up to a false positive rate of 0.05. */
  readonly auPro05: number;
  /** See bestF1. */
  readonly f1Max: number;
  /** The lowest threshold that reaches `f1Max`. */
  readonly f1MaxThreshold: number;
  /** The part of the pixels that are anomalous: what chance gives as average precision. */
  readonly prevalence: number;
};

/**
 * All pixel metrics at the price of one: each pixel is sorted once. For images that don't fit into memory together there is
 * {@link streamedMetrics}.
 *
 * Takes and throws what auPro does.
 *
 * Memory beside the input: about 10 MB (20 MB for float64 maps), 8 bytes for each pixel of the largest image and 44 for each
 * anomalous pixel.
 */
export function pixelMetrics(images: readonly ScoredImage[]): PixelMetrics {
  const { counts, regions } = tallyRegions(checkImages('pixelMetrics', images));
  return metricsOf(counts, regions);
}

/** Those of regions are NaN where regions weren't looked for. */
export function metricsOf(counts: Tally, regions: RegionGains | undefined): PixelMetrics {
  const { f1, threshold } = highestF1(counts);
  return {
    auroc: areaUnderRoc(counts),
    averagePrecision: meanPrecision(counts),
    auPro30: regions ? areaUnderPro(counts, regions, 0.3) : Number.NaN,
    auPro05: regions ? areaUnderPro(counts, regions, 0.05) : Number.NaN,
    f1Max: f1,
    f1MaxThreshold: threshold,
    prevalence: counts.positives / (counts.positives + counts.negatives),
  };
}
