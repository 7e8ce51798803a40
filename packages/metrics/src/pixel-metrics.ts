import type { RegionGains } from './counting/positives.ts';
import type { Tally } from './counting/tally.ts';
import { type RankingMetrics, rankingOf } from './ranking/ranking-metrics.ts';
import { areaUnderPro, tallyRegions } from './regions/per-region-overlap.ts';
import { checkImages, type ScoredImage } from './scored-image.ts';

/** The metrics of a set of anomaly maps, over all pixels of all images together. Each is NaN where it is undefined. */
export type PixelMetrics = RankingMetrics & {
  /** AU-PRO up to a false positive rate of 0.3; see auPro. */
  readonly auPro30: number;
  /** AU-PRO up to a false positive rate of 0.05. */
  readonly auPro05: number;
};

/**
 * All pixel metrics at the price of one: each pixel is sorted once. For images that don't fit into memory together there is
 * {@link streamedMetrics}.
 *
 * Takes and throws what auPro does.
 *
 * Memory beside the input: about 10 MB, and 50 bytes for each anomalous pixel; about twice that for float64 maps.
 */
export function pixelMetrics(images: readonly ScoredImage[]): PixelMetrics {
  const { counts, regions } = tallyRegions(checkImages('pixelMetrics', images));
  return metricsOf(counts, regions);
}

/** Those of regions are NaN where regions weren't looked for. */
export function metricsOf(counts: Tally, regions: RegionGains | undefined): PixelMetrics {
  const { auroc, averagePrecision, ...others } = rankingOf(counts);
  return {
    auroc,
    averagePrecision,
    auPro30: regions ? areaUnderPro(counts, regions, 0.3) : Number.NaN,
    auPro05: regions ? areaUnderPro(counts, regions, 0.05) : Number.NaN,
    ...others,
  };
}
