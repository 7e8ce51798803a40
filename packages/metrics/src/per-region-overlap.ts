import { labelComponents } from './regions/label-components.ts';
import { checkImages, type Pixels, type ScoredImage } from './scored-image.ts';
import { type Tally, tallyPairs } from './tally.ts';
import { vertices } from './vertices.ts';

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
  /** Up to which false positive rate the area is taken, in (0, 1]. MVTec AD uses 0.3, MVTec AD 2 and LOCO use 0.05. @defaultValue 0.3 */
  fprLimit?: number;
};

/**
 * AU-PRO: area under the per-region overlap as a function of the false positive rate, from 0 to `fprLimit`, divided by `fprLimit`.
 * Each connected region of a mask counts the same, however small. The limit is interpolated; every distinct score is a threshold.
 *
 * @returns In [0, 1]; chance is `fprLimit / 2`. NaN if no pixel is anomalous, or none normal.
 * @throws {RangeError} for a limit out of range, no images, a map or mask that isn't `width * height`, masks other than 0 and 1,
 * scores that aren't finite.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see Bergmann et al. (2021), The MVTec Anomaly Detection Dataset, https://doi.org/10.1007/s11263-020-01400-4
 */
export function auPro(images: readonly ScoredImage[], options: AuProOptions = {}): number {
  const { fprLimit = 0.3 } = options;
  if (!(fprLimit > 0 && fprLimit <= 1)) throw new RangeError(`auPro: fprLimit is ${fprLimit}; it must be above 0 and at most 1`);
  const pixels = checkImages('auPro', images);
  const counts = tallyPairs(pixels);
  return areaUnderPro(counts, regionGains(counts, pixels), fprLimit);
}

/**
 * The corners of the curve whose area is {@link auPro}, tied scores merged: straight lines between them are the whole curve.
 * Overlaps are NaN without a region, rates are NaN without a normal pixel.
 *
 * Takes and throws what {@link auPro} does.
 */
export function proCurve(images: readonly ScoredImage[]): ProCurve {
  const pixels = checkImages('proCurve', images);
  const counts = tallyPairs(pixels);
  const { overlaps, regions } = regionGains(counts, pixels);
  const { x, y, thresholds } = vertices(counts, overlaps, regions);
  return { falsePositiveRate: x, perRegionOverlap: y, thresholds };
}

/** What each threshold adds to the sum of the regions' overlaps, and how many regions there are. */
export type RegionGains = { readonly overlaps: Float64Array; readonly regions: number };

export function regionGains({ thresholds }: Tally, images: readonly Pixels[]): RegionGains {
  const overlaps = new Float64Array(thresholds.length);
  let regions = 0;
  for (const { labels, scores, positives, width, height } of images) {
    if (positives === 0) continue;
    const components = labelComponents(labels, width, height);
    regions += components.count;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 1) overlaps[find(thresholds, scores[i]!)]! += 1 / components.areas[components.labels[i]!]!;
    }
  }
  return { overlaps, regions };
}

export function areaUnderPro({ negatives, ties, gaps }: Tally, { overlaps, regions }: RegionGains, fprLimit: number): number {
  const limit = fprLimit * negatives;
  let area = 0; // in negatives times regions
  let seen = 0;
  let overlap = 0;
  for (let k = 0; k < gaps.length && seen < limit; k++) {
    const level = Math.min(gaps[k]!, limit - seen);
    area += level * overlap;
    seen += gaps[k]!;
    if (k === ties.length || seen >= limit) break;
    const slant = Math.min(ties[k]!, limit - seen);
    if (slant > 0) area += slant * (overlap + (overlaps[k]! * slant) / ties[k]! / 2);
    seen += ties[k]!;
    overlap = k === ties.length - 1 ? regions : overlap + overlaps[k]!; // the last brings all: no rounding is left over
  }
  return area / (limit * regions);
}

/** Where `score` is among the thresholds, which fall. */
function find(thresholds: Float64Array, score: number): number {
  let low = 0;
  let high = thresholds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle]! > score) low = middle + 1;
    else high = middle;
  }
  return low;
}
