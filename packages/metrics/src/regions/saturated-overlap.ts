import { checkDefectImages, type DefectImage } from '../defect-image.ts';
import { vertices } from '../vertices.ts';
import { type AuProOptions, areaUnderPro, checkFprLimit, tallyRegions } from './per-region-overlap.ts';

/** Points from (0, 0) to (1, 1), as three arrays of one length. */
export type SproCurve = {
  /** The part of the normal pixels, of normal and defective images alike, that score at or above the threshold. */
  readonly falsePositiveRate: Float64Array;
  /** min(flagged pixels / saturation area, 1) of a defect, averaged over all defects. */
  readonly saturatedOverlap: Float64Array;
  /** From high to low. The first, at (0, 0), is Infinity. */
  readonly thresholds: Float64Array;
};

/**
 * AU-sPRO, the localisation metric of MVTec LOCO: area under the saturated per-region overlap as a function of the false positive
 * rate, from 0 to `fprLimit`, divided by `fprLimit`. Of a defect counts min(flagged pixels / saturation area, 1): where something is
 * missing, a part of the place it might be is enough. Each defect counts the same, connected or not. The limit is interpolated; every
 * distinct score is a threshold.
 *
 * For whoever evaluates on MVTec LOCO with its annotations at hand; `rddpm evaluate` gives AU-PRO of its masks.
 *
 * MVTec's own code visits some hundred thresholds instead, so its last digits differ. It scores structural and logical anomalies apart,
 * each with all good images, and reports the mean of the two: so call this twice.
 *
 * @param options.fprLimit In (0, 1]. @defaultValue 0.05
 * @returns In [0, 1]. NaN if there is no defect, or no normal pixel. Where each saturation area is the whole of a connected region, it is
 * `auPro`.
 * @throws {RangeError} for a limit out of range, no images, a map or mask that isn't `width * height`, masks other than 0 and 1 or of 0
 * alone, a saturation area that isn't above 0 and at most the mask's area, scores that aren't finite.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see Bergmann et al. (2022), Beyond Dents and Scratches, https://doi.org/10.1007/s11263-022-01578-9
 */
export function auSpro(images: readonly DefectImage[], options: AuProOptions = {}): number {
  const fprLimit = checkFprLimit('auSpro', options.fprLimit ?? 0.05);
  const { counts, regions } = tallyRegions(checkDefectImages('auSpro', images));
  return areaUnderPro(counts, regions, fprLimit);
}

/**
 * The corners of the curve whose area is {@link auSpro}, tied scores merged: straight lines between them are the whole curve.
 * Overlaps are NaN without a defect, rates are NaN without a normal pixel.
 *
 * Takes and throws what {@link auSpro} does.
 */
export function sproCurve(images: readonly DefectImage[]): SproCurve {
  const { counts, regions } = tallyRegions(checkDefectImages('sproCurve', images));
  const { x, y, thresholds } = vertices(counts, regions.overlaps, regions.count);
  return { falsePositiveRate: x, saturatedOverlap: y, thresholds };
}

export type Saturation = {
  /** `saturation_threshold` of LOCO's `defects_config.json`: a number of pixels, or a part of the area in (0, 1]. */
  threshold: number;
  /** `relative_saturation`: whether it is a part of the area. */
  relative: boolean;
};

/**
 * The saturation area of a defect by MVTec LOCO's rule: min(threshold, area), or threshold · area without what follows the point. At
 * least 1 here; where that product is below 1, MVTec's code divides by 0.
 *
 * @param area How many pixels the defect has: a whole number above 0.
 * @throws {RangeError} for an area or a threshold out of range.
 */
export function saturationAreaOf(area: number, { threshold, relative }: Saturation): number {
  if (!(Number.isSafeInteger(area) && area > 0))
    throw new RangeError(`saturationAreaOf: area is ${area}; it must be a whole number above 0`);
  if (!(threshold > 0 && threshold <= (relative ? 1 : Infinity))) {
    const right = relative ? 'above 0 and at most 1, as a part of the area' : 'above 0';
    throw new RangeError(`saturationAreaOf: threshold is ${threshold}; it must be ${right}`);
  }
  return relative ? Math.max(1, Math.trunc(threshold * area)) : Math.min(threshold, area);
}
