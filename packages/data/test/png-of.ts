import { crc32, deflateSync } from 'node:zlib';

export type PngOptions = {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** PNG's colour types: grey, RGB, palette, grey and alpha, RGBA. */
  readonly colour: 0 | 2 | 3 | 4 | 6;
  /** As the file has them, of palettes indices. */
  readonly samples: ArrayLike<number>;
  readonly palette?: readonly number[];
  /** tRNS: of palettes alpha by index, else the samples of the transparent colour. */
  readonly transparent?: readonly number[];
  readonly interlaced?: boolean;
  /** Of rows, in turn. */
  readonly filters?: readonly (0 | 1 | 2 | 3 | 4)[];
  readonly orientation?: number;
};

/** A PNG by hand, of the kinds that sharp doesn't write. */
export function pngOf(options: PngOptions): Uint8Array {
  const { width, height, bits, colour, palette, transparent, interlaced = false, orientation } = options;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  new Uint8Array(header.buffer).set([bits, colour, 0, 0, interlaced ? 1 : 0], 8);
  const clear = transparent && (colour === 3 ? transparent : transparent.flatMap((value) => [value >> 8, value & 255]));
  const exif = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation ?? 1, 0, 0, 0, 0, 0, 0];
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', new Uint8Array(header.buffer)),
    ...(orientation === undefined ? [] : [chunk('eXIf', Uint8Array.from(exif))]),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    ...(clear ? [chunk('tRNS', Uint8Array.from(clear))] : []),
    chunk('IDAT', deflateSync(rowsOf(options))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function rowsOf({ width, height, bits, colour, samples, interlaced, filters = [0] }: PngOptions): Uint8Array {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour];
  const distance = Math.max(1, (channels * bits) / 8);
  const out: number[] = [];
  for (const [x0, y0, dx, dy] of interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const)) {
    let above: number[] = [];
    for (let y = y0; y < height && x0 < width; y += dy) {
      let text = '';
      for (let x = x0; x < width; x += dx) {
        for (let k = 0; k < channels; k++) text += samples[(y * width + x) * channels + k]!.toString(2).padStart(bits, '0');
      }
      const row = (text.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
      const filter = filters[(y + x0) % filters.length]!;
      out.push(
        filter,
        ...row.map((value, i) => (value - predicted(filter, row[i - distance] ?? 0, above[i] ?? 0, above[i - distance] ?? 0)) & 255),
      );
      above = row;
    }
  }
  return Uint8Array.from(out);
}

function predicted(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter === 0) return 0;
  const estimate = left + up - upLeft;
  const near = [left, up, upLeft].sort((a, b) => Math.abs(estimate - a) - Math.abs(estimate - b)); // a stable sort keeps their order of precedence
  return near[0]!;
}
