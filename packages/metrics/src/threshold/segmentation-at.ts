import { checkBeta, type FBetaOptions } from '../ranking/best-f-beta.ts';
import { checkImages, type ScoredImage } from '../scored-image.ts';
import { type Confusion, checkThreshold, countAt, diceOf, fBetaOf, iouOf, precisionOf, recallOf } from './confusion.ts';

/** Each is NaN where it is undefined; see the function of that name. */
type OverlapValues = {
  /** See precisionOf. */
  readonly precision: number;
  /** See recallOf. */
  readonly recall: number;
  /** See fBetaOf. */
  readonly fBeta: number;
  /** See iouOf. */
  readonly iou: number;
  /** See diceOf. */
  readonly dice: number;
};

/** How well a mask, cut from a map at a threshold, covers the true one. */
export type MaskOverlap = OverlapValues & { readonly confusion: Confusion };

export type Segmentation = {
  /** Over all pixels of all images together: a large defect counts for more than a small one. */
  readonly pooled: MaskOverlap;
  /** Of each image alone, in order. */
  readonly perImage: readonly MaskOverlap[];
  /** The mean over those images where the value is defined, and how many these are; NaN of 0 images. */
  readonly means: { readonly [Name in keyof OverlapValues]: { readonly mean: number; readonly images: number } };
};

/**
 * Precision, recall, F-beta, IoU and Dice of maps cut at one threshold: pooled over all pixels, per image, and averaged over images.
 *
 * For whoever has a threshold, chosen beforehand, and asks what the masks that it cuts are worth.
 *
 * **Pooled and averaged are different numbers**, and papers rarely say which they print. Pooled (micro) weighs images by their
 * defects' sizes; the mean weighs each image the same. In the mean a normal image has no recall; and it has no IoU, Dice and F-beta
 * if nothing in it is flagged, but 0 from the first false alarm on. Nothing undefined is counted as 0 or 1: `means` says how many
 * images had a value.
 *
 * @param threshold What scores at or above it is flagged.
 * @throws {RangeError} for a threshold that is NaN, a beta that isn't above 0, no images, a map or mask that isn't `width * height`,
 * masks other than 0 and 1, scores that aren't finite.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function segmentationAt(images: readonly ScoredImage[], threshold: number, options: FBetaOptions = {}): Segmentation {
  checkThreshold('segmentationAt', threshold);
  const beta = checkBeta('segmentationAt', options);
  const confusions = checkImages('segmentationAt', images).map(({ labels, scores }) => countAt(labels, scores, threshold));
  const perImage = confusions.map((confusion) => overlapOf(confusion, beta));
  return {
    pooled: overlapOf(confusions.reduce(add), beta),
    perImage,
    means: {
      precision: meanOfDefined(perImage, 'precision'),
      recall: meanOfDefined(perImage, 'recall'),
      fBeta: meanOfDefined(perImage, 'fBeta'),
      iou: meanOfDefined(perImage, 'iou'),
      dice: meanOfDefined(perImage, 'dice'),
    },
  };
}

function overlapOf(confusion: Confusion, beta: number): MaskOverlap {
  return {
    confusion,
    precision: precisionOf(confusion),
    recall: recallOf(confusion),
    fBeta: fBetaOf(confusion, { beta }),
    iou: iouOf(confusion),
    dice: diceOf(confusion),
  };
}

function add(a: Confusion, b: Confusion): Confusion {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
  };
}

function meanOfDefined(overlaps: readonly MaskOverlap[], name: keyof OverlapValues): { mean: number; images: number } {
  const defined = overlaps.map((overlap) => overlap[name]).filter((value) => !Number.isNaN(value));
  return { mean: defined.reduce((sum, value) => sum + value, 0) / defined.length, images: defined.length };
}
