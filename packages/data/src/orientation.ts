import type { Raster } from '@rddpm/core/contracts';

/** Orientations from 5 on exchange the sides. */
export const exchangesSides = (orientation: number): boolean => orientation >= 5;

/** The picture as it is to be seen, of one as it is stored. */
export function turned(raster: Raster, orientation: number): Raster {
  if (orientation === 1) return raster;
  const { width: w, height: h, channels, data: from } = raster;
  const [width, height] = exchangesSides(orientation) ? [h, w] : [w, h];
  const data = from.slice();
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = channels * source(orientation, x, y, w, h);
      for (let k = 0; k < channels; k++) data[to++] = from[at + k]!;
    }
  }
  return { width, height, channels, data };
}

/** Which stored pixel is seen at (x, y): TIFF 6.0, tag 274. */
function source(orientation: number, x: number, y: number, w: number, h: number): number {
  const at = (column: number, row: number) => row * w + column;
  switch (orientation) {
    case 2:
      return at(w - 1 - x, y);
    case 3:
      return at(w - 1 - x, h - 1 - y);
    case 4:
      return at(x, h - 1 - y);
    case 5:
      return at(y, x);
    case 6:
      return at(y, h - 1 - x);
    case 7:
      return at(w - 1 - y, h - 1 - x);
    default:
      return at(w - 1 - y, x);
  }
}
