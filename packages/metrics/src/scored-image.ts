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
};

/** A defect's mask in a row, and its area. */
export type DefectPixels = { readonly mask: ArrayLike<number>; readonly area: number; readonly saturationArea: number };

/** Labels and scores of an image's pixels, in rows. Where `defects` are known they count as regions, not the connected parts of the labels. */
export type Pixels = Pairs & { readonly width: number; readonly height: number; readonly defects?: readonly DefectPixels[] };

/**
 * @throws {RangeError} for no images, a side that isn't a whole number above 0, a map or mask of another size, mask values other
 * than 0 and 1, scores that aren't finite; {TypeError} for what isn't an array of numbers. Each names image and pixel.
 */
export function checkImages(caller: string, images: readonly ScoredImage[], name = 'images'): Pixels[] {
  if (!Array.isArray(images)) throw new TypeError(`${caller}: ${name} is ${typeof images}; pass an array of { map, mask, width, height }`);
  if (images.length === 0) throw new RangeError(`${caller}: ${name} is empty; pass some`);
  return images.map((image: ScoredImage, i) => checkImage(`${caller}: ${name}[${i}]`, image));
}

/** `what` reads like `'pixelMetrics: images[3]'`. Throws what {@link checkImages} does. */
export function checkImage(what: string, image: ScoredImage): Pixels {
  if (typeof image !== 'object' || image === null) throw new TypeError(`${what} is ${image}; pass { map, mask, width, height }`);
  const { map, mask, width, height } = image;
  const scores = toPixels(`${what}.map`, map, width, height);
  const labels = toPixels(`${what}.mask`, mask, width, height);
  const names = { scores: 'map', labels: 'mask' };
  const pairs = checkPairs(labels, scores, (part, i) => `${what}.${names[part]} at x = ${i % width}, y = ${Math.floor(i / width)}`);
  return { ...pairs, width, height };
}
