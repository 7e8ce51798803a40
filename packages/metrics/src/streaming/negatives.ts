import { type Keys, newKeys, widen } from '../counting/keys.ts';
import { type Negatives, startCounting, type Thresholds } from '../counting/negatives.ts';
import type { Counts } from '../counting/positives.ts';
import { checkAnyImage, type DefectImage } from '../defect-image.ts';
import type { ScoredImage } from '../scored-image.ts';

export type NegativesCounter = {
  /** Throws what the first pass does. */
  add(image: ScoredImage | DefectImage): void;
  /** Nothing can be added afterwards. */
  finish(): Negatives;
};

/**
 * The second of two passes, over the images of the first, in any order; {@link mergeNegatives} joins what workers counted.
 *
 * Memory: 12 bytes for each threshold (16 of float64 maps), 16 more unless the positives were collected with `perImage: false`; and 8 for each pixel of a run: about a million, or a
 * quarter of the thresholds if they are more.
 *
 * @param positives What the first pass over *all* images left.
 */
export function countNegatives(positives: Thresholds): NegativesCounter {
  const counting = startCounting([positives]);
  return {
    add: (image) => counting.add(checkAnyImage(`countNegatives: image ${counting.images}`, image)),
    finish: () => counting.finish()[0]!,
  };
}

export type GroupsCounter = {
  /** @param groups The places of the groups that the image is in. Throws what the first pass does. */
  add(image: ScoredImage | DefectImage, groups: readonly number[]): void;
  /** One for each group. Nothing can be added afterwards. */
  finish(): Negatives[];
};

/**
 * {@link countNegatives} for several groups of images at once, such as each kind of defect together with the good images: pixels are
 * sorted once for all of them. Fastest where images of the same groups follow each other.
 *
 * @param groups What a first pass over each group's images left.
 */
export function countGroups(groups: readonly Thresholds[]): GroupsCounter {
  const counting = startCounting(groups, 'countGroups');
  return {
    add(image, into) {
      if (new Set(into).size < into.length) throw new RangeError(`countGroups: image ${counting.images} is twice of one group: ${into}`);
      const odd = into.find((group) => !(group in groups));
      if (odd !== undefined) throw new RangeError(`countGroups: image ${counting.images} is of group ${odd}; there are ${groups.length}`);
      counting.add(checkAnyImage(`countGroups: image ${counting.images}`, image), into);
    },
    finish: () => counting.finish(),
  };
}

/**
 * What one pass over the images of all parts would have left.
 *
 * @throws {RangeError} for no parts, or parts that were counted with different thresholds.
 */
export function mergeNegatives(parts: readonly Negatives[]): Negatives {
  const [first, ...rest] = parts;
  if (!first) throw new RangeError('mergeNegatives: there are no parts; pass some');
  return rest.reduce(mergeTwo, first);
}

function mergeTwo(a: Negatives, b: Negatives): Negatives {
  if (a.ties.length !== b.ties.length || a.thresholdsHash !== b.thresholdsHash || !a.normalImages !== !b.normalImages) {
    throw new RangeError(
      `mergeNegatives: the parts were counted with different positives, of ${a.ties.length} and ${b.ties.length} thresholds; count all with those of all images, merged`,
    );
  }
  const pixels = a.pixels + b.pixels;
  const large = pixels > 0xffffffff;
  const merged = {
    images: a.images + b.images,
    positives: a.positives + b.positives,
    pixels,
    ties: sum(a.ties, b.ties, large),
    gaps: sum(a.gaps, b.gaps, large),
    gapFloors: lower(a.gapFloors, b.gapFloors),
    thresholdsHash: a.thresholdsHash,
  };
  if (!a.normalImages || !b.normalImages) return merged;
  const [one, other] = [a.normalImages, b.normalImages];
  const normalImages = {
    count: one.count + other.count,
    largest: Math.max(one.largest, other.largest),
    ties: sum(one.ties, other.ties, true) as Float64Array,
    gaps: sum(one.gaps, other.gaps, true) as Float64Array,
  };
  return { ...merged, normalImages };
}

function sum(a: Counts, b: Counts, large: boolean): Counts {
  const sums = large ? new Float64Array(a.length) : new Uint32Array(a.length);
  for (let k = 0; k < sums.length; k++) sums[k] = a[k]! + b[k]!;
  return sums;
}

function lower(a: Keys, b: Keys): Keys {
  const narrow = a instanceof Uint32Array && b instanceof Uint32Array;
  const [one, other] = narrow ? [a, b] : [widen(a), widen(b)];
  const floors = newKeys(narrow, a.length);
  for (let k = 0; k < floors.length; k++) floors[k] = Math.max(one[k]!, other[k]!);
  return floors;
}
