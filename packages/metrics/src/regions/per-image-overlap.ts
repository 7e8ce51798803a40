import { bothPasses } from '../counting/both-passes.ts';
import type { NormalImages } from '../counting/negatives.ts';
import type { PixelsByImage } from '../counting/positives.ts';
import { checkImages, type ScoredImage } from '../scored-image.ts';

export type AuPimoOptions = {
  /** The false positive rate the area starts from, above 0: the paper's L. @defaultValue 1e-5 */
  lower?: number;
  /** The one it ends at, above `lower` and at most 1: the paper's U. `auPro` calls its only bound `fprLimit`, `partialAuc` `maxFpr`. @defaultValue 1e-4 */
  upper?: number;
};

export type AuPimo = {
  /** One score in [0, 1] for each image; NaN for those without an anomalous pixel. All NaN where AUPIMO is undefined. */
  readonly perImage: Float64Array;
  /** Their mean; NaN if there is none. */
  readonly mean: number;
  /** How many images have a score. */
  readonly images: number;
};

/**
 * AUPIMO: of each image with anomalous pixels the area under its own true positive rate over the logarithm of the false positive rate,
 * from `lower` to `upper`, divided by ln(upper / lower). The false positive rate is shared: of each normal image the part of its pixels
 * that score at or above the threshold, averaged over normal images. Normal pixels of anomalous images don't count.
 *
 * Every distinct score is a threshold. Between two of them a curve is a line over the logarithm, cut at the bounds; a line from a rate of
 * 0 has no such place, so pixels tied with the highest normal score count from the rate that their tie ends at. anomalib visits 300,000
 * evenly spaced thresholds instead, and begins and ends at those nearest to the bounds, so its last digits differ.
 *
 * All scores are NaN if no image is normal, or if no map could reach `lower`: if a single pixel of the largest normal image is a rate
 * above it. For images of one size that is fewer than 1 / `lower` normal pixels. anomalib raises an error there, and also where many
 * equal scores leave out that rate.
 *
 * @throws {RangeError} unless 0 < lower < upper ≤ 1; for no images, a map or mask that isn't `width * height`, masks other than 0 and 1,
 * scores that aren't finite.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see Bertoldo et al. (2024), AUPIMO, https://arxiv.org/abs/2401.01984
 */
export function auPimo(images: readonly ScoredImage[], options: AuPimoOptions = {}): AuPimo {
  const bounds = checkBounds('auPimo', options);
  const { positives, negatives } = bothPasses(checkImages('auPimo', images), { perImage: true });
  return areasUnderPimo(positives.perImage!, negatives.normalImages!, bounds);
}

/** What AUPIMO needs to know of a set of images. */
export type ImageTally = {
  readonly normal: NormalImages;
  /**
   * The mean over images with anomalous pixels, of the mean over an image's anomalous pixels, of what a pixel is worth.
   *
   * @param worth By threshold.
   */
  readonly meanOver: (worth: Float64Array) => number;
};

/** The mean of AUPIMO alone, between the usual bounds; NaN where it is undefined. */
export function meanAreaUnderPimo({ normal, meanOver }: ImageTally): number {
  const bounds = checkBounds('meanAreaUnderPimo', {});
  return isReached(normal, bounds) ? meanOver(areasByThreshold(normal, bounds)) : Number.NaN;
}

type Bounds = { readonly lower: number; readonly upper: number };

export function checkBounds(caller: string, { lower = 1e-5, upper = 1e-4 }: AuPimoOptions): Bounds {
  if (lower > 0 && lower < upper && upper <= 1) return { lower, upper };
  throw new RangeError(`${caller}: lower is ${lower} and upper ${upper}; it must be 0 < lower < upper ≤ 1`);
}

export function areasUnderPimo(pixels: PixelsByImage, normal: NormalImages, bounds: Bounds): AuPimo {
  if (isReached(normal, bounds)) return scoreImages(pixels, areasByThreshold(normal, bounds));
  return { perImage: new Float64Array(pixels.starts.length - 1).fill(Number.NaN), mean: Number.NaN, images: 0 };
}

/** Whether a map could have a false positive rate as low as the lower bound without it being 0. */
function isReached({ count, largest }: NormalImages, { lower }: Bounds): boolean {
  return 1 / (count * largest) <= lower; // no normal image makes this Infinity
}

/**
 * Each image's score: the mean over its anomalous pixels of what they are worth.
 *
 * @param worth By threshold.
 */
export function scoreImages({ starts, at }: PixelsByImage, worth: Float64Array): AuPimo {
  const perImage = new Float64Array(starts.length - 1).fill(Number.NaN);
  let sum = 0;
  let images = 0;
  for (let image = 0; image < perImage.length; image++) {
    const [start, end] = [starts[image]!, starts[image + 1]!];
    if (start === end) continue;
    let area = 0;
    for (let i = start; i < end; i++) area += worth[at[i]!]!;
    perImage[image] = area / (end - start);
    sum += perImage[image]!;
    images++;
  }
  return { perImage, mean: sum / images, images };
}

/** What each threshold is worth to a pixel that comes in at it: the part of ln(upper / lower) from there on. */
function areasByThreshold({ count, ties, gaps }: NormalImages, { lower, upper }: Bounds): Float64Array {
  const areas = new Float64Array(ties.length);
  const [low, high] = [Math.log(lower), Math.log(upper)];
  const within = (x: number) => Math.min(Math.max(x, low), high);
  let seen = 0; // in images
  for (let k = 0; k < ties.length; k++) {
    seen += gaps[k]!;
    const before = Math.log(seen / count);
    seen += ties[k]!;
    const after = Math.log(seen / count);
    const [from, to] = [within(before), within(after)];
    let area = high - to;
    // On the line from 0 before the tie to 1 after it.
    if (to > from && before > -Infinity) area += ((to - from) * ((from + to) / 2 - before)) / (after - before);
    areas[k] = area / (high - low);
  }
  return areas;
}
