/** BMP, which neither sharp nor every browser reads. Run-length encoded ones and those of OS/2 are refused. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import { assertPixels } from './pixel-limit.ts';

type Header = {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** Of pictures of 1 to 8 bits: red, green and blue of each colour. */
  readonly palette: readonly (readonly number[])[] | undefined;
  /** Of pictures of 16 and 32 bits: which bits are red, green, blue and, if there is any, alpha. */
  readonly masks: readonly number[];
};

const FILE_HEADER = 14;
const PLAIN = 0;
const FIELDS = 3;
const ALPHA_FIELDS = 6;

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d; // 'BM'
}

export function inspectBmp(bytes: Uint8Array): PictureInfo {
  const header = headerOf(bytes);
  const { width, height } = header;
  const channels = channelsOf(header);
  return { width, height, format: 'bmp', type: 'uint8', channels, hasAlpha: channels === 4, orientation: 1, pages: 1 };
}

/**
 * The picture: grey where its palette is, RGB where it has other colours or none, RGBA where it says which bits are alpha. The fourth byte of plain
 * pictures of 32 bits means nothing.
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): Raster {
  const header = headerOf(bytes);
  const { width, height, topDown, bits, offset } = header;
  assertPixels(header, maxPixels);
  const rowBytes = Math.ceil((width * bits) / 8);
  const stride = 4 * Math.ceil(rowBytes / 4);
  const end = offset + stride * (height - 1) + rowBytes;
  if (end > bytes.length) throw new FormatError(`the picture is cut short: it has ${bytes.length} of ${end} bytes`);
  const channels = channelsOf(header);
  const data = new Uint8Array(width * height * channels);
  const writePixel = pixelWriter(bytes, header, channels);
  for (let y = 0, to = 0; y < height; y++) {
    const row = offset + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++, to += channels) writePixel(row, x, data, to);
  }
  return { width, height, channels, data };
}

function headerOf(bytes: Uint8Array): Header {
  if (bytes.length < FILE_HEADER + 40)
    throw new FormatError(`the picture is cut short: its header alone takes 54 bytes, and it has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(FILE_HEADER, true);
  if (size < 40) throw new FormatError(`its header has ${size} bytes, as BMPs of OS/2 have; save it as PNG`);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width < 1 || signedHeight === 0) throw new FormatError(`its header says ${width}x${signedHeight} pixels`);
  const known = compression === PLAIN ? [1, 2, 4, 8, 16, 24, 32] : compression === FIELDS || compression === ALPHA_FIELDS ? [16, 32] : [];
  if (!known.includes(bits)) {
    throw new FormatError(
      `it is a BMP of ${bits} bits with compression ${compression}; those without compression are read: save it as PNG`,
    );
  }
  const fields = compression === PLAIN ? 0 : compression === ALPHA_FIELDS || size >= 56 ? 4 : 3;
  const masks = fields > 0 ? Array.from({ length: fields }, (_, k) => view.getUint32(54 + 4 * k, true)) : PLAIN_MASKS[bits];
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    offset: view.getUint32(10, true),
    palette: bits <= 8 ? paletteOf(bytes, FILE_HEADER + size, view.getUint32(46, true) || 2 ** bits) : undefined,
    masks: masks?.[3] === 0 ? masks.slice(0, 3) : (masks ?? []),
  };
}

const PLAIN_MASKS: Readonly<Record<number, readonly number[]>> = { 16: [0x7c00, 0x03e0, 0x001f], 32: [0xff0000, 0xff00, 0xff] };

function paletteOf(bytes: Uint8Array, at: number, colours: number): number[][] {
  if (colours > 256 || at + 4 * colours > bytes.length) throw new FormatError(`its palette of ${colours} colours doesn't fit in the file`);
  return Array.from({ length: colours }, (_, k) => [bytes[at + 4 * k + 2]!, bytes[at + 4 * k + 1]!, bytes[at + 4 * k]!]);
}

function channelsOf({ palette, masks }: Header): 1 | 3 | 4 {
  if (palette) return palette.every(([r, g, b]) => r === g && g === b) ? 1 : 3;
  return masks.length === 4 ? 4 : 3;
}

type PixelWriter = (row: number, x: number, into: Uint8Array, at: number) => void;

function pixelWriter(bytes: Uint8Array, { bits, palette, masks }: Header, channels: number): PixelWriter {
  if (palette) {
    return (row, x, into, at) => {
      const first = x * bits;
      const index = (bytes[row + (first >> 3)]! >> (8 - bits - (first & 7))) & (2 ** bits - 1);
      const colour = palette[index];
      if (!colour) throw new FormatError(`a pixel has colour ${index}, but the palette only ${palette.length}`);
      for (let k = 0; k < channels; k++) into[at + k] = colour[k]!;
    };
  }
  if (bits === 24) {
    return (row, x, into, at) => {
      for (let k = 0; k < 3; k++) into[at + k] = bytes[row + 3 * x + 2 - k]!;
    };
  }
  const fields = masks.map(fieldOf);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (row, x, into, at) => {
    const word = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
    for (let k = 0; k < channels; k++)
      into[at + k] = Math.round((((word >>> fields[k]!.shift) & fields[k]!.highest) * 255) / fields[k]!.highest);
  };
}

function fieldOf(mask: number): { readonly shift: number; readonly highest: number } {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const highest = mask >>> shift;
  if (highest === 0 || highest > 255 || (highest & (highest + 1)) !== 0) {
    throw new FormatError(`a colour takes the bits ${mask.toString(16)} (hexadecimal) of a pixel; it must be 1 to 8 adjoining ones`);
  }
  return { shift, highest };
}
