/**
 * PNG, to the bit: a canvas has 8 bits and multiplies colours by alpha. Rasters are those that libvips makes of the same file. No library that we know reads
 * interlaced pictures of 1, 2 or 4 bits rightly, and notices files that are cut short; with the browser to inflate them, the rest is this page.
 *
 * @see https://www.w3.org/TR/png-3/
 */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster, Size } from '@rddpm/core/contracts';
import { exchangesSides, exifOrientation, turned } from '../orientation.ts';
import { assertPixels } from '../pixel-limit.ts';

type Header = Size & {
  readonly bits: number;
  readonly colour: Colour;
  readonly interlaced: boolean;
};

type Chunk = { readonly type: string; readonly data: Uint8Array };

const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const GREY_ALPHA = 4;
const RGBA = 6;
type Colour = typeof GREY | typeof RGB | typeof PALETTE | typeof GREY_ALPHA | typeof RGBA;

const SAMPLES: Readonly<Record<Colour, 1 | 2 | 3 | 4>> = { [GREY]: 1, [RGB]: 3, [PALETTE]: 1, [GREY_ALPHA]: 2, [RGBA]: 4 };
const DEPTHS: Readonly<Record<Colour, readonly number[]>> = {
  [GREY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  [GREY_ALPHA]: [8, 16],
  [RGBA]: [8, 16],
};

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte);
}

export function inspectPng(bytes: Uint8Array): PictureInfo {
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks);
  const orientation = orientationOf(chunks);
  const channels = channelsOf(header, find(chunks, 'tRNS'));
  return {
    width: exchangesSides(orientation) ? header.height : header.width,
    height: exchangesSides(orientation) ? header.width : header.height,
    format: 'png',
    type: header.bits === 16 ? 'uint16' : 'uint8',
    channels,
    hasAlpha: channels === 2 || channels === 4,
    orientation,
    pages: 1,
  };
}

export async function decodePng(bytes: Uint8Array, maxPixels: number): Promise<Raster> {
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks);
  assertPixels(header, maxPixels);
  const samples = await samplesOf(
    chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data),
    header,
  );
  const { width, height } = header;
  const channels = channelsOf(header, find(chunks, 'tRNS'));
  return turned({ width, height, channels, data: expanded(samples, header, channels, chunks) }, orientationOf(chunks));
}

/** All up to the end, whose checksums are right. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > bytes.length) throw cutShort();
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw cutShort();
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (view.getUint32(end) !== crc32(bytes.subarray(at + 4, end))) {
      throw new FormatError(`the picture is damaged: the checksum of its part ${type} is wrong`);
    }
    if (type === 'IEND') return chunks;
    chunks.push({ type, data: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
}

const cutShort = () => new FormatError('the picture is damaged or cut short: it ends too early');

const find = (chunks: readonly Chunk[], wanted: string): Uint8Array | undefined => chunks.find(({ type }) => type === wanted)?.data;

function headerOf([first]: readonly Chunk[]): Header {
  if (first?.type !== 'IHDR' || first.data.length !== 13) throw new FormatError("the picture's header can't be read: PNG begins with IHDR");
  const view = new DataView(first.data.buffer, first.data.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bits, colour, compression, filter, interlace] = first.data.subarray(8) as unknown as [number, Colour, number, number, number];
  if (width === 0 || height === 0) throw new FormatError(`the picture's header says ${width}x${height} pixels`);
  if (!DEPTHS[colour]?.includes(bits))
    throw new FormatError(`the picture's header says ${bits} bits of colour type ${colour}, which PNG doesn't have`);
  if (compression !== 0 || filter !== 0 || interlace > 1) throw new FormatError("the picture's header names methods that PNG doesn't have");
  return { width, height, bits, colour, interlaced: interlace === 1 };
}

function orientationOf(chunks: readonly Chunk[]): number {
  const exif = find(chunks, 'eXIf');
  return exif ? exifOrientation(exif) : 1;
}

function channelsOf({ colour }: Header, transparency: Uint8Array | undefined): 1 | 2 | 3 | 4 {
  const alpha = transparency ? 1 : 0;
  if (colour === GREY) return (1 + alpha) as 1 | 2;
  if (colour === RGB || colour === PALETTE) return (3 + alpha) as 3 | 4;
  return SAMPLES[colour];
}

type Pass = { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number };

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** The numbers as the file has them: of palettes indices, of few bits 0 to 2 ** bits - 1. */
async function samplesOf(parts: readonly Uint8Array[], header: Header): Promise<Uint8Array | Uint16Array> {
  const { width, height, bits, colour, interlaced } = header;
  const perPixel = SAMPLES[colour];
  const passes = (interlaced ? ADAM7 : WHOLE)
    .map((pass) => ({ ...pass, columns: Math.ceil((width - pass.x) / pass.dx), rows: Math.ceil((height - pass.y) / pass.dy) }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
    .map((pass) => ({ ...pass, rowBytes: Math.ceil((pass.columns * perPixel * bits) / 8) }));
  const length = passes.reduce((total, { rows, rowBytes }) => total + rows * (1 + rowBytes), 0);
  const filtered = await inflated(parts, length);

  const samples = bits === 16 ? new Uint16Array(width * height * perPixel) : new Uint8Array(width * height * perPixel);
  const distance = Math.max(1, (perPixel * bits) / 8);
  let at = 0;
  for (const { x, y, dx, dy, columns, rows, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let row = 0; row < rows; row++, at += 1 + rowBytes) {
      const line = filtered.subarray(at + 1, at + 1 + rowBytes);
      unfilter(filtered[at]!, line, above, distance);
      for (let column = 0; column < columns; column++) {
        const to = ((y + row * dy) * width + x + column * dx) * perPixel;
        for (let k = 0; k < perPixel; k++) samples[to + k] = sampleAt(line, column * perPixel + k, bits);
      }
      above = line;
    }
  }
  return samples;
}

function sampleAt(line: Uint8Array, index: number, bits: number): number {
  if (bits === 8) return line[index]!;
  if (bits === 16) return (line[2 * index]! << 8) | line[2 * index + 1]!;
  const first = index * bits;
  return (line[first >> 3]! >> (8 - bits - (first & 7))) & (2 ** bits - 1);
}

/** In place, with the row above, which is zeros above the first. @see section 9 */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, distance: number): void {
  if (filter > 4) throw new FormatError(`the picture is damaged: a row has filter ${filter} of 0 to 4`);
  if (filter === 0) return;
  for (let i = 0; i < line.length; i++) {
    const left = i < distance ? 0 : line[i - distance]!;
    const up = above[i]!;
    if (filter === 1) line[i]! += left;
    else if (filter === 2) line[i]! += up;
    else if (filter === 3) line[i]! += (left + up) >> 1;
    else line[i]! += paeth(left, up, i < distance ? 0 : above[i - distance]!);
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const [a, b, c] = [Math.abs(up - upLeft), Math.abs(left - upLeft), Math.abs(left + up - 2 * upLeft)];
  return a <= b && a <= c ? left : b <= c ? up : upLeft;
}

/** Exactly `length` bytes: what would be more isn't waited for. */
async function inflated(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  let at = 0;
  const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(new DecompressionStream('deflate'));
  try {
    for await (const chunk of chunksFrom(stream)) {
      if (at + chunk.length > length) throw new FormatError('it holds more than its header says');
      into.set(chunk, at);
      at += chunk.length;
    }
  } catch (cause) {
    throw new FormatError(`the picture is damaged or cut short (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
  if (at < length) throw cutShort();
  return into;
}

/** Not every browser iterates over streams. Leaving early ends the stream. */
async function* chunksFrom(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {}); // of a stream that failed there is nothing to end
  }
}

/** Palettes and transparent colours written out, and few bits spread over 0 to 255. */
function expanded(samples: Uint8Array | Uint16Array, header: Header, channels: number, chunks: readonly Chunk[]): Uint8Array | Uint16Array {
  const { bits, colour } = header;
  const transparency = find(chunks, 'tRNS');
  if (colour === PALETTE) return ofPalette(samples, channels, find(chunks, 'PLTE'), transparency);
  const highest = 2 ** bits - 1;
  const scale = bits < 8 ? 255 / highest : 1;
  const had = SAMPLES[colour];
  if (channels === had) return scale === 1 ? samples : samples.map((value) => value * scale);
  if (transparency?.length !== 2 * had) throw new FormatError("the picture is damaged: its transparent colour isn't one of its colours");
  const clear = Array.from({ length: had }, (_, k) => ((transparency[2 * k]! << 8) | transparency[2 * k + 1]!) & highest);
  const pixels = samples.length / had;
  const out = bits === 16 ? new Uint16Array(pixels * channels) : new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let isClear = true;
    for (let k = 0; k < had; k++) {
      const value = samples[pixel * had + k]!;
      out[pixel * channels + k] = value * scale;
      isClear &&= value === clear[k];
    }
    out[pixel * channels + had] = isClear ? 0 : highest * scale;
  }
  return out;
}

function ofPalette(
  indices: ArrayLike<number>,
  channels: number,
  palette: Uint8Array | undefined,
  transparency: Uint8Array | undefined,
): Uint8Array {
  if (!palette) throw new FormatError('the picture is damaged: it has no palette');
  const out = new Uint8Array(indices.length * channels);
  for (let pixel = 0; pixel < indices.length; pixel++) {
    const index = indices[pixel]!;
    if (3 * index + 2 >= palette.length) {
      throw new FormatError(`the picture is damaged: a pixel has colour ${index}, but the palette only ${palette.length / 3}`);
    }
    for (let k = 0; k < 3; k++) out[pixel * channels + k] = palette[3 * index + k]!;
    if (channels === 4) out[pixel * channels + 3] = transparency?.[index] ?? 255;
  }
  return out;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
