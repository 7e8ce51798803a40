import { checkPairs, type Pairs } from './tally.ts';
import { type Row, toRow, type Values } from './values.ts';

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
  if (images.length === 0) throw new RangeError(`${caller}: images is empty; there is nothing to score`);
  return images.map(({ map, mask, width, height }: ScoredImage, i) => {
    if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0)) {
      throw new RangeError(`${caller}: images[${i}] is ${width} wide and ${height} high; both must be whole numbers above 0`);
    }
    const names = [`${caller}: images[${i}].mask`, `${caller}: images[${i}].map`] as const;
    const locate = (pixel: number) => ` at x = ${pixel % width}, y = ${Math.floor(pixel / width)}`;
    const labels = toPixels(names[0], mask, width, height);
    const scores = toPixels(names[1], map, width, height);
    return { ...checkPairs(names, labels, scores, locate), width, height };
  });
}

function toPixels(what: string, values: Values, width: number, height: number): Row {
  const row = toRow(what, values);
  if (row.data.length !== width * height) {
    throw new RangeError(`${what} has ${row.data.length} values; ${width} x ${height} pixels need ${width * height}`);
  }
  const shape = [height, width].filter((length) => length !== 1);
  if (row.shape && `${row.shape}` !== `${shape}`) {
    throw new RangeError(`${what} is [${row.shape}]; ${width} wide and ${height} high is [${height}, ${width}]`);
  }
  return row;
}
