export type Polyline = { x: ArrayLike<number>; y: ArrayLike<number> };

/**
 * The same line with fewer points, after Douglas and Peucker: every point that is left out lies within `tolerance` of the
 * segment that replaces it. The ends stay.
 *
 * @param options.tolerance In units of the drawing.
 * @param options.scale What one unit of x and of y is in units of the drawing: `[300, 300]` for curves in [0, 1] drawn on 300 pixels.
 * @returns Indices of the points to keep, ascending.
 * @see Douglas and Peucker (1973), https://doi.org/10.3138/FM57-6770-U75U-7727
 */
export function thinPolyline({ x, y }: Polyline, options: { tolerance: number; scale: readonly [number, number] }): number[] {
  const { tolerance, scale } = options;
  if (x.length !== y.length) throw new RangeError(`thinPolyline: ${x.length} x but ${y.length} y; there must be one of each per point`);
  if (x.length < 3) return Array.from(x, (_, index) => index);
  const last = x.length - 1;
  const keep = new Uint8Array(x.length);
  keep[0] = keep[last] = 1;
  // A stack of its own: a line of a million points may split more often than the call stack is deep.
  const pending: [number, number][] = [[0, last]];
  for (let span = pending.pop(); span; span = pending.pop()) {
    const [from, to] = span;
    const { index, squared } = farthest(from, to);
    if (squared <= tolerance ** 2) continue;
    keep[index] = 1;
    if (index - from > 1) pending.push([from, index]);
    if (to - index > 1) pending.push([index, to]);
  }
  return Array.from(keep.keys()).filter((index) => keep[index]);

  function farthest(from: number, to: number): { index: number; squared: number } {
    const x0 = x[from]! * scale[0];
    const y0 = y[from]! * scale[1];
    const dx = x[to]! * scale[0] - x0;
    const dy = y[to]! * scale[1] - y0;
    const length2 = dx * dx + dy * dy;
    let index = from;
    let squared = -1;
    for (let i = from + 1; i < to; i++) {
      const px = x[i]! * scale[0] - x0;
      const py = y[i]! * scale[1] - y0;
      const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
      const distance2 = (px - along * dx) ** 2 + (py - along * dy) ** 2;
      if (distance2 > squared) {
        squared = distance2;
        index = i;
      }
    }
    return { index, squared };
  }
}
