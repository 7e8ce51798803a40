/** What a BMP's header says, for those who decode it: they take files of any size, and compressed ones that are cut short. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo } from '@rddpm/core/contracts';
import { assertPixels } from './pixel-limit.ts';

const PLAIN = 0;
const FIELDS = 3;

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d; // 'BM'
}

export function inspectBmp(bytes: Uint8Array): PictureInfo {
  const { width, height, hasAlpha } = headerOf(bytes);
  return { width, height, format: 'bmp', type: 'uint8', channels: hasAlpha ? 4 : 3, hasAlpha, orientation: 1, pages: 1 };
}

/** @throws {FormatError} if it has too many pixels or too few bytes, or is of a kind that isn't read. */
export function assertWholeBmp(bytes: Uint8Array, maxPixels: number): void {
  const { width, height, bits, offset } = headerOf(bytes);
  assertPixels({ width, height }, maxPixels);
  const rowBytes = Math.ceil((width * bits) / 8);
  const end = offset + 4 * Math.ceil(rowBytes / 4) * (height - 1) + rowBytes;
  if (end > bytes.length) throw new FormatError(`the picture is cut short: it has ${bytes.length} of ${end} bytes`);
}

function headerOf(bytes: Uint8Array) {
  if (bytes.length < 54) throw new FormatError(`the picture is cut short: its header alone takes 54 bytes, and it has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(14, true);
  if (size < 40) throw new FormatError(`its header has ${size} bytes, as BMPs of OS/2 have; save it as PNG`);
  const [width, height] = [view.getInt32(18, true), view.getInt32(22, true)]; // a negative height: from the top down
  if (width < 1 || height === 0) throw new FormatError(`its header says ${width}x${height} pixels`);
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  if (compression !== PLAIN && compression !== FIELDS) {
    throw new FormatError(
      `it is a BMP of ${bits} bits with compression ${compression}; those without compression are read: save it as PNG`,
    );
  }
  const hasAlpha = compression === FIELDS && size >= 56 && bytes.length >= 70 && view.getUint32(66, true) !== 0;
  return { width, height: Math.abs(height), bits, offset: view.getUint32(10, true), hasAlpha };
}
