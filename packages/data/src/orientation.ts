import type { Raster } from '@rddpm/core/contracts';

const ORIENTATION = 0x0112;

/** What EXIF data (a TIFF without a picture) says: 1 to 8, and 1 where it says nothing of the kind. */
export function exifOrientation(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (exif.length < 8) return 1;
  const little = view.getUint16(0) === 0x4949;
  const first = view.getUint32(4, little);
  if (first + 2 > exif.length) return 1;
  const entries = Math.min(view.getUint16(first, little), Math.floor((exif.length - first - 2) / 12));
  for (let at = first + 2; at < first + 2 + 12 * entries; at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

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
