import { hashOf, type Negatives } from '../counting/negatives.ts';
import type { Positives, RegionGains } from '../counting/positives.ts';
import { type Tally, toTally } from '../counting/tally.ts';
import { metricsOf, type PixelMetrics, toPixelTally } from '../pixel-metrics.ts';
import { curveOfPrecision, type PrecisionRecallCurve } from '../ranking/precision-recall.ts';
import { curveOfRoc, type RocCurve } from '../ranking/roc.ts';
import { type AuPimo, type AuPimoOptions, areasUnderPimo, checkBounds } from '../regions/per-image-overlap.ts';
import { type AuProOptions, areaUnderPro, checkFprLimit, overlapCurve, type ProCurve } from '../regions/per-region-overlap.ts';

/**
 * What `pixelMetrics` gives for the same images, from the two passes over them. AU-PRO is NaN if regions weren't collected, AUPIMO if
 * images weren't told apart.
 *
 * @throws {RangeError} unless both passes saw as many images and anomalous pixels, at least one image, and the second had the
 * thresholds of the first.
 */
export function streamedMetrics(positives: Positives, negatives: Negatives): PixelMetrics {
  return metricsOf(toPixelTally(tallyOf('streamedMetrics', positives, negatives), positives, negatives));
}

/**
 * What `auPro` gives, for any limit; what `auSpro` gives, at `fprLimit: 0.05`, of images with annotated defects. Throws what
 * {@link streamedMetrics} does, and {RangeError} if regions weren't collected.
 */
export function streamedAuPro(positives: Positives, negatives: Negatives, options: AuProOptions = {}): number {
  const fprLimit = checkFprLimit('streamedAuPro', options.fprLimit ?? 0.3);
  return areaUnderPro(tallyOf('streamedAuPro', positives, negatives), regionsOf('streamedAuPro', positives), fprLimit);
}

/**
 * What `auPimo` gives. `perImage` has the order of the first pass, or of the parts that were merged.
 *
 * @throws {RangeError} as {@link streamedMetrics}; and if the positives were collected with `perImage: false`.
 */
export function streamedAuPimo(positives: Positives, negatives: Negatives, options: AuPimoOptions = {}): AuPimo {
  const bounds = checkBounds('streamedAuPimo', options);
  tallyOf('streamedAuPimo', positives, negatives); // for its checks
  const { perImage } = positives;
  const { normalImages } = negatives;
  if (perImage && normalImages) return areasUnderPimo(perImage, normalImages, bounds);
  throw new RangeError('streamedAuPimo: the passes were made with perImage: false; leave it out');
}

export type PixelCurves = { readonly roc: RocCurve; readonly precisionRecall: PrecisionRecallCurve; readonly pro: ProCurve };

/** What `rocCurve`, `precisionRecallCurve` and `proCurve` give. Throws what {@link streamedAuPro} does. */
export function streamedCurves(positives: Positives, negatives: Negatives): PixelCurves {
  const counts = tallyOf('streamedCurves', positives, negatives);
  return curvesOf(counts, regionsOf('streamedCurves', positives));
}

export function curvesOf(counts: Tally, regions: RegionGains): PixelCurves {
  return { roc: curveOfRoc(counts), precisionRecall: curveOfPrecision(counts), pro: overlapCurve(counts, regions) };
}

function tallyOf(caller: string, positives: Positives, negatives: Negatives): Tally {
  if (positives.images !== negatives.images || positives.pixels !== negatives.positives) {
    const first = `${positives.images} images with ${positives.pixels} anomalous pixels`;
    throw new RangeError(
      `${caller}: the first pass saw ${first}, the second ${negatives.images} with ${negatives.positives}; both must see the same images`,
    );
  }
  if (positives.thresholds.length !== negatives.ties.length || hashOf(positives.thresholds) !== negatives.thresholdsHash) {
    throw new RangeError(`${caller}: the negatives were counted with other positives; pass countNegatives those of all images, merged`);
  }
  if (positives.images === 0) throw new RangeError(`${caller}: there were no images; add some to both passes`);
  return toTally(positives, negatives);
}

function regionsOf(caller: string, { regions }: Positives): RegionGains {
  if (regions) return regions;
  throw new RangeError(`${caller}: the positives were collected without regions; leave out regions: false`);
}
