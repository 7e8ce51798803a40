import { checkPairs, type Pairs } from './labelled-scores.ts';
import { toPixels } from './pixels.ts';
import type { Values } from './values.ts';

/** One image's anomaly map and what is true of it. Images of one set may differ in size. */
export type ScoredImage = {
  /** A score for each pixel, row-major, higher for more anomalous; as an ndarray [height, width]. */
  readonly map: Values;
  /** 1 where the pixel is anomalous, else 0; all 0 for a normal image. Row-major, or [height, width]. */
  readonly mask: Values;
  readonly width: number;
  readonly height: number;
  /**
   * Where regions are known: for each pixel its region, any whole number above 0 where the mask is 1, and 0 where it is 0. A region needn't be
   * connected. @defaultValue the connected parts of the mask
   */
  readonly regions?: Values;
};

/** A defect's mask in a row, and its area. */
export type DefectPixels = { readonly mask: ArrayLike<number>; readonly area: number; readonly saturationArea: number };

/** Labels and scores of an image's pixels, in rows. Regions are its `defects`, else what `regions` numbers, else the connected parts of the labels. */
export type Pixels = Pairs & {
  readonly width: number;
  readonly height: number;
  readonly defects?: readonly DefectPixels[];
  readonly regions?: ArrayLike<number>;
};

/**
 * @throws {RangeError} for no images, a side that isn't a whole number above 0, a map or mask of another size, mask values other
 * than 0 and 1, scores that aren't finite, regions that don't fit the mask; {TypeError} for what isn't an array of numbers. Each names image and pixel.
 */
export function checkImages(caller: string, images: readonly ScoredImage[], name = 'images'): Pixels[] {
  if (!Array.isArray(images)) throw new TypeError(`${caller}: ${name} is ${typeof images}; pass an array of { map, mask, width, height }`);
  if (images.length === 0) throw new RangeError(`${caller}: ${name} is empty; pass some`);
  return images.map((image: ScoredImage, i) => checkImage(`${caller}: ${name}[${i}]`, image));
}

/** `what` reads like `'pixelMetrics: images[3]'`. Throws what {@link checkImages} does. */
export function checkImage(what: string, image: ScoredImage): Pixels {
  if (typeof image !== 'object' || image === null) throw new TypeError(`${what} is ${image}; pass { map, mask, width, height }`);
  const { map, mask, width, height, regions } = image;
  const scores = toPixels(`${what}.map`, map, width, height);
  const labels = toPixels(`${what}.mask`, mask, width, height);
  const names = { scores: 'map', labels: 'mask' };
  const pairs = checkPairs(labels, scores, (part, i) => `${what}.${names[part]} at x = ${i % width}, y = ${Math.floor(i / width)}`);
  return { ...pairs, width, height, ...(regions === undefined ? {} : { regions: checkRegions(what, regions, pairs, width, height) }) };
}

function checkRegions(what: string, values: Values, { labels }: Pairs, width: number, height: number): ArrayLike<number> {
  const regions = toPixels(`${what}.regions`, values, width, height);
  for (let i = 0; i < labels.length; i++) {
    const region = regions[i]!;
    if (labels[i] === 1 ? Number.isSafeInteger(region) && region > 0 : region === 0) continue;
    const right = labels[i] === 1 ? 'a whole number above 0, as the mask is 1' : '0, as the mask is';
    throw new RangeError(`${what}.regions at x = ${i % width}, y = ${Math.floor(i / width)} is ${region}; it must be ${right}`);
  }
  return regions;
}
