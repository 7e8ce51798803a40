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
 * @param mask Row-major, `width * height` values; what isn't 0 is inside a region.
 * @throws {RangeError} unless width and height are whole numbers above 0 and `mask` has their product of values.
 */
export function labelComponents(mask: ArrayLike<number>, width: number, height: number): Components {
  if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`labelComponents: width is ${width} and height ${height}; both must be whole numbers above 0`);
  }
  if (mask.length !== width * height) {
    throw new RangeError(`labelComponents: mask has ${mask.length} values; ${width} x ${height} pixels need ${width * height}`);
  }
  const labels = new Int32Array(mask.length);
  const areas = [0];
  const pending = new Int32Array(mask.length); // a pixel waits here once: when it gets its number
  for (let first = 0; first < mask.length; first++) {
    if (labels[first] !== 0 || !mask[first]) continue;
    const label = areas.length;
    let waiting = 0;
    let area = 0;
    labels[first] = label;
    pending[waiting++] = first;
    while (waiting > 0) {
      const pixel = pending[--waiting]!;
      area++;
      const x = pixel % width;
      const left = x > 0 ? -1 : 0;
      const right = x < width - 1 ? 1 : 0;
      for (let row = pixel - width; row <= pixel + width; row += width) {
        if (row < 0 || row >= mask.length) continue;
        for (let near = row + left; near <= row + right; near++) {
          if (labels[near] === 0 && mask[near]) {
            labels[near] = label;
            pending[waiting++] = near;
          }
        }
      }
    }
    areas.push(area);
  }
  areas[0] = areas.reduce((rest, area) => rest - area, mask.length);
  return { labels, count: areas.length - 1, areas: Uint32Array.from(areas) };
}
