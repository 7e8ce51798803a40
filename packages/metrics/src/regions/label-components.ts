import { toPixels } from '../pixels.ts';
import type { Values } from '../values.ts';

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
 * @param mask Row-major, `width * height` values, or an ndarray [height, width]; what isn't 0 is inside a region.
 * @throws {RangeError} unless width and height are whole numbers above 0 and `mask` is of that size; {TypeError} if it isn't an array.
 */
export function labelComponents(mask: Values, width: number, height: number): Components {
  const inside = toPixels('labelComponents: mask', mask, width, height);
  const labels = new Int32Array(inside.length);
  const areas = [0];
  const pending = new Int32Array(inside.length); // a pixel waits here once: when it gets its number
  for (let first = 0; first < inside.length; first++) {
    if (labels[first] !== 0 || !inside[first]) continue;
    const label = areas.length;
    let waiting = 0;
    let area = 0;
    labels[first] = label;
    pending[waiting++] = first;
    while (waiting > 0) {
      const pixel = pending[--waiting]!;
      area++;
      const left = pixel % width > 0 ? 1 : 0;
      const right = (pixel + 1) % width > 0 ? 1 : 0;
      for (let row = pixel - width; row <= pixel + width; row += width) {
        for (let near = row - left; near <= row + right; near++) {
          // above and below the image there is nothing inside
          if (inside[near] && labels[near] === 0) {
            labels[near] = label;
            pending[waiting++] = near;
          }
        }
      }
    }
    areas.push(area);
  }
  areas[0] = areas.reduce((rest, area) => rest - area, inside.length);
  return { labels, count: areas.length - 1, areas: Uint32Array.from(areas) };
}
