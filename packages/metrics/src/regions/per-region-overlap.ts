import { areaUpTo } from '../area-up-to.ts';
import { bothPasses } from '../counting/both-passes.ts';
import type { RegionGains } from '../counting/positives.ts';
import { type Tally, toTally } from '../counting/tally.ts';
import { checkImages, type Pixels, type ScoredImage } from '../scored-image.ts';
import { vertices } from '../vertices.ts';
import { pixelGains } from './pixel-gains.ts';

/** Points from (0, 0) to (1, 1), as three arrays of one length. */
export type ProCurve = {
  /** The part of the normal pixels, of normal and defective images alike, that score at or above the threshold. */
  readonly falsePositiveRate: Float64Array;
  /** The part of a region's pixels that score at or above the threshold, averaged over all regions. */
  readonly perRegionOverlap: Float64Array;
  /** From high to low. The first, at (0, 0), is Infinity. */
  readonly thresholds: Float64Array;
};

export type AuProOptions = {
  /**
   * Up to which false positive rate the area is taken, in (0, 1]. MVTec AD uses 0.3, MVTec AD 2 and LOCO use 0.05. Called the integration limit
   * there; `partialAuc` calls it `maxFpr`, as scikit-learn does, and `auPimo` has two bounds, `lower` and `upper`. @defaultValue 0.3
   */
  fprLimit?: number;
};

/**
 * AU-PRO: area under the per-region overlap as a function of the false positive rate, from 0 to `fprLimit`, divided by `fprLimit`.
 * Each region counts the same, however small: what an image's `regions` number, else the connected parts of its mask. The limit is interpolated; every distinct score is a threshold.
 *
 * @returns In [0, 1]; chance is `fprLimit / 2`. NaN if no pixel is anomalous, or none normal.
 * @throws {RangeError} for a limit out of range, no images, a map or mask that isn't `width * height`, masks other than 0 and 1,
 * scores that aren't finite.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see Bergmann et al. (2021), The MVTec Anomaly Detection Dataset, https://doi.org/10.1007/s11263-020-01400-4
 */
export function auPro(images: readonly ScoredImage[], options: AuProOptions = {}): number {
  const fprLimit = checkFprLimit('auPro', options.fprLimit ?? 0.3);
  const { counts, regions } = tallyRegions(checkImages('auPro', images));
  return areaUnderPro(counts, regions, fprLimit);
}

/**
 * The corners of the curve whose area is {@link auPro}, tied scores merged: straight lines between them are the whole curve.
 * Overlaps are NaN without a region, rates are NaN without a normal pixel.
 *
 * Takes and throws what {@link auPro} does.
 */
export function proCurve(images: readonly ScoredImage[]): ProCurve {
  const { counts, regions } = tallyRegions(checkImages('proCurve', images));
  return overlapCurve(counts, regions);
}

export function checkFprLimit(caller: string, fprLimit: number): number {
  if (fprLimit > 0 && fprLimit <= 1) return fprLimit;
  throw new RangeError(`${caller}: fprLimit is ${fprLimit}; it must be above 0 and at most 1`);
}

/** A tally of all pixels, and what each threshold adds to the sum of the regions' overlaps. */
export function tallyRegions(images: readonly Pixels[]): { counts: Tally; regions: RegionGains } {
  const { positives, negatives } = bothPasses(images, { gainsOf: pixelGains });
  return { counts: toTally(positives, negatives), regions: positives.regions! };
}

export function overlapCurve(counts: Tally, { count, overlaps }: RegionGains): ProCurve {
  const { x, y, thresholds } = vertices(counts, overlaps, count);
  return { falsePositiveRate: x, perRegionOverlap: y, thresholds };
}

export function areaUnderPro(counts: Tally, { overlaps, count }: RegionGains, fprLimit: number): number {
  return areaUpTo(counts, overlaps, count, fprLimit);
}
