import { assertPositiveInteger, ShapeError } from '@rddpm/core';

/**
 * An anomaly map at another size, bilinear with half-pixel centres: what PyTorch's `interpolate(mode='bilinear',
 * align_corners=False)` gives; the map itself where both sizes are the same. Libraries for images round to bytes or sharpen; scores must do neither.
 *
 * @param map `from.width * from.height` values, row by row, in any unit.
 * @param from Its size in pixels.
 * @param to The size wanted, in pixels. Shrinking picks between neighbours, and does not average.
 * @returns `to.width * to.height` values, of the same type and unit.
 * @throws {ConfigError} unless sizes are whole numbers of at least 1; {ShapeError} for a map of another size than `from`.
 */
export function resizeMap<T extends Float32Array | Float64Array>(
  map: T,
  from: { width: number; height: number },
  to: { width: number; height: number },
): T {
  for (const [name, size] of Object.entries({ from, to })) {
    assertPositiveInteger(`resizeMap: ${name}.width`, size.width);
    assertPositiveInteger(`resizeMap: ${name}.height`, size.height);
  }
  if (map.length !== from.width * from.height) {
    throw new ShapeError(`resizeMap: map has ${map.length} values; ${from.width} x ${from.height} pixels need ${from.width * from.height}`);
  }
  if (from.width === to.width && from.height === to.height) return map;
  const columns = taps(from.width, to.width);
  const rows = taps(from.height, to.height);
  const result = (map instanceof Float32Array ? new Float32Array(to.width * to.height) : new Float64Array(to.width * to.height)) as T;
  for (let y = 0; y < to.height; y++) {
    const top = rows.low[y]! * from.width;
    const bottom = rows.high[y]! * from.width;
    const v = rows.weight[y]!;
    for (let x = 0; x < to.width; x++) {
      const [left, right, u] = [columns.low[x]!, columns.high[x]!, columns.weight[x]!];
      const above = map[top + left]! * (1 - u) + map[top + right]! * u;
      const below = map[bottom + left]! * (1 - u) + map[bottom + right]! * u;
      result[y * to.width + x] = above * (1 - v) + below * v;
    }
  }
  return result;
}

/** Per target index: its two neighbours in the source, and how much the upper one counts. */
function taps(from: number, to: number) {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    low[i] = Math.min(Math.floor(at), from - 1);
    high[i] = Math.min(low[i]! + 1, from - 1);
    weight[i] = at - low[i]!;
  }
  return { low, high, weight };
}
