import { toPixels } from '../pixels.ts';
import type { Values } from '../values.ts';
import { findRuns } from './find-runs.ts';

/** The connected regions of a mask. */
export type Components = {
  /** For each pixel its region's number, 1 to `count` in the order of their first pixels, or 0 outside of all. */
  readonly labels: Int32Array;
  readonly count: number;
  /** Pixels by number: `areas[3]` are those of region 3, `areas[0]` those outside of all. */
  readonly areas: Uint32Array;
};

/**
 * Numbers the regions of a mask. Pixels that touch at a side or a corner belong together (8-connectivity).
 *
 * For programs that show or filter defects one by one; AU-PRO finds its regions by itself. It matches `scipy.ndimage.label` with a 3 x 3 structure of ones (compared with 1.17.1). For areas and bounding boxes without an
 * array of numbers, see `measureRegions`.
 *
 * @param mask Row-major, `width * height` values, or an ndarray [height, width]; what isn't 0 is inside a region.
 * @throws {RangeError} unless width and height are whole numbers above 0 and `mask` is of that size; {TypeError} if it isn't an array.
 */
export function labelComponents(mask: Values, width: number, height: number): Components {
  const inside = toPixels('labelComponents: mask', mask, width, height);
  const { starts, ends, regions, count } = findRuns(inside, width, height);
  const labels = new Int32Array(inside.length);
  const areas = new Uint32Array(count + 1);
  areas[0] = inside.length;
  for (let run = 0; run < starts.length; run++) {
    const region = regions[run]!;
    const end = ends[run]!;
    for (let pixel = starts[run]!; pixel < end; pixel++) labels[pixel] = region;
    areas[region]! += end - starts[run]!;
    areas[0]! -= end - starts[run]!;
  }
  return { labels, count, areas };
}
