import { toPixels } from './pixels.ts';
import { checkPairs, type Pairs } from './tally.ts';
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

/** Labels and scores of an image's pixels, in rows. */
export type Pixels = Pairs & { readonly width: number; readonly height: number };

/**
 * @throws {RangeError} for no images, a side that isn't a whole number above 0, a map or mask of another size, mask values other
 * than 0 and 1, scores that aren't finite; {TypeError} for what isn't an array of numbers. Each names image and pixel.
 */
export function checkImages(caller: string, images: readonly ScoredImage[]): Pixels[] {
  if (!Array.isArray(images)) throw new TypeError(`${caller}: images is ${typeof images}; pass an array of { map, mask, width, height }`);
  if (images.length === 0) throw new RangeError(`${caller}: images is empty; pass some`);
  return images.map(({ map, mask, width, height }: ScoredImage, i) => {
    const names = { scores: `${caller}: images[${i}].map`, labels: `${caller}: images[${i}].mask` };
    const scores = toPixels(names.scores, map, width, height);
    const labels = toPixels(names.labels, mask, width, height);
    const pairs = checkPairs(labels, scores, (part, at) => `${names[part]} at x = ${at % width}, y = ${Math.floor(at / width)}`);
    return { ...pairs, width, height };
  });
}
