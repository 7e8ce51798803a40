import { toPixels } from '../pixels.ts';
import type { Values } from '../values.ts';
import { findRuns } from './find-runs.ts';

/** A connected region and the smallest upright rectangle around it, in pixels. */
export type Region = {
  readonly area: number;
  /** Its first column; it covers the columns `left` to `left + width - 1`. */
  readonly left: number;
  /** Its first row; it covers the rows `top` to `top + height - 1`. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

/**
 * Area and bounding box of each region of a mask, in the order of `labelComponents`: region number n is at index n − 1, and there are
 * as many as it counts. Pixels that touch at a side or a corner belong together (8-connectivity). Empty where nothing is inside.
 *
 * For programs that draw boxes around defects or tabulate their sizes. Boxes match `scipy.ndimage.find_objects` (compared with 1.17.1).
 *
 * @param mask Row-major, `width * height` values, or an ndarray [height, width]; what isn't 0 is inside a region.
 * @throws {RangeError} unless width and height are whole numbers above 0 and `mask` is of that size; {TypeError} if it isn't an array.
 */
export function measureRegions(mask: Values, width: number, height: number): Region[] {
  const { starts, ends, regions, count } = findRuns(toPixels('measureRegions: mask', mask, width, height), width, height);
  const areas = new Uint32Array(count);
  const lefts = new Int32Array(count).fill(width);
  const rights = new Int32Array(count);
  const tops = new Int32Array(count).fill(height);
  const bottoms = new Int32Array(count);
  for (let run = 0; run < starts.length; run++) {
    const region = regions[run]! - 1;
    const start = starts[run]!;
    const row = Math.floor(start / width);
    areas[region]! += ends[run]! - start;
    lefts[region] = Math.min(lefts[region]!, start - row * width);
    rights[region] = Math.max(rights[region]!, ends[run]! - row * width);
    tops[region] = Math.min(tops[region]!, row);
    bottoms[region] = row + 1; // runs come from the top down
  }
  return Array.from(areas, (area, i) => ({
    area,
    left: lefts[i]!,
    top: tops[i]!,
    width: rights[i]! - lefts[i]!,
    height: bottoms[i]! - tops[i]!,
  }));
}
