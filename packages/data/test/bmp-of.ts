export type BmpOptions = {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  /** Row by row from the top: palette indices, or the pixel's bits (0xrrggbb of 24 and 32). */
  readonly pixels: readonly number[];
  /** 0xrrggbb. */
  readonly palette?: readonly number[];
  /** Which bits are red, green, blue and, of four, alpha. */
  readonly masks?: readonly number[];
  readonly topDown?: boolean;
  /** Between the palette and the pixels. */
  readonly gap?: number;
  readonly compression?: number;
  /** 56 has room for the masks of all four. @defaultValue 40, with the masks behind it */
  readonly headerSize?: 40 | 56;
};

/** A BMP by hand. */
export function bmpOf(options: BmpOptions): Uint8Array {
  const { width, height, bits, pixels, palette = [], masks = [], topDown = false, gap = 0, headerSize = 40 } = options;
  const { compression = masks.length > 0 ? 3 : 0 } = options;
  const stride = 4 * Math.ceil((width * bits) / 32);
  const offset = 54 + 4 * masks.length + 4 * palette.length + gap;
  const bytes = Buffer.alloc(offset + stride * height);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(offset, 10);
  bytes.writeUInt32LE(headerSize, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(topDown ? -height : height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(compression, 30);
  bytes.writeUInt32LE(palette.length, 46);
  for (const [k, word] of [...masks, ...palette].entries()) bytes.writeUInt32LE(word, 54 + 4 * k);
  for (let y = 0; y < height; y++) {
    const row = pixels.slice(y * width, (y + 1) * width);
    const at = offset + stride * (topDown ? y : height - 1 - y);
    if (bits >= 8) {
      for (const [x, pixel] of row.entries()) bytes.writeUIntLE(pixel, at + (x * bits) / 8, bits / 8);
    } else {
      const text = row.map((pixel) => pixel.toString(2).padStart(bits, '0')).join('');
      for (const [k, byte] of (text.match(/.{1,8}/g) ?? []).entries()) bytes[at + k] = Number.parseInt(byte.padEnd(8, '0'), 2);
    }
  }
  return bytes;
}
