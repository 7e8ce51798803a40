/**
 * What a TIFF says of its image, checked before anything is decoded: decoders trust it with memory and time.
 *
 * @see https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf, and https://www.awaresystems.be/imaging/tiff/bigtiff.html
 */

export type TiffHeader = {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** What the bits are. */
  readonly kind: 'unsigned' | 'signed' | 'float' | 'other';
  readonly channels: number;
  /** 1 none, 5 LZW, 8 and 32946 deflate, 32773 PackBits, and many more. */
  readonly compression: number;
  /** 0 smallest is white, 1 smallest is black, 2 RGB, 3 palette, and more. */
  readonly photometric: number;
  /** 1 none, 2 horizontal differences, 3 those of floats. */
  readonly predictor: number;
  readonly orientation: number;
  readonly fillOrder: number;
  /** Another image, mask or page follows. */
  readonly more: boolean;
  /** With 64-bit offsets. */
  readonly big: boolean;
};

const KINDS = ['other', 'unsigned', 'signed', 'float'] as const;

/** Bytes of a value, by type. */
const TYPE_SIZES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** LZW and deflate make no more than this of a byte. */
const LARGEST_RATIO = 4096;

export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return (a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0) || (a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43));
}

/**
 * Of the first image.
 *
 * @param fail Throws; called with the reason if a value lies outside the file, if pixels do, or if there are more than the file can hold.
 */
export function readTiffHeader(bytes: Uint8Array, fail: (reason: string) => never): TiffHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const cutShort = (): never => fail(`cut short: what it refers to lies behind its end, at byte ${bytes.length}`);
  const within = (from: number, count: number) => (from + count <= bytes.length ? from : cutShort());
  const long = (at: number) => (big ? Number(view.getBigUint64(within(at, 8), little)) : view.getUint32(within(at, 4), little));

  const start = long(big ? 8 : 4);
  const [countSize, entrySize, word] = big ? [8, 20, 8] : [2, 12, 4];
  within(start, countSize);
  const count = big ? long(start) : view.getUint16(start, little);
  within(start + countSize, count * entrySize + word);
  const tags = new Map<number, { type: number; count: number; at: number }>();
  for (let i = 0; i < count; i++) {
    const entry = start + countSize + i * entrySize;
    const [type, values] = [view.getUint16(entry + 2, little), long(entry + 4)];
    const length = values * (TYPE_SIZES[type] ?? 0);
    const at = length <= word ? entry + 4 + word : long(entry + 4 + word);
    tags.set(view.getUint16(entry, little), { type, count: values, at: within(at, length) });
  }

  const numbers = (tag: number, limit = Number.POSITIVE_INFINITY): number[] => {
    const { type, count, at } = tags.get(tag) ?? { type: 3, count: 0, at: 0 };
    const read = { 1: 'getUint8', 3: 'getUint16', 4: 'getUint32', 16: 'getBigUint64' }[type] as 'getUint32' | undefined;
    if (!read) return fail(`its tag ${tag} is of type ${type}; a whole number must be there`);
    return Array.from({ length: Math.min(count, limit) }, (_, i) => Number(view[read](at + i * TYPE_SIZES[type]!, little)));
  };
  const number = (tag: number, otherwise: number) => numbers(tag, 1)[0] ?? otherwise;

  const [width, height] = [number(256, 0), number(257, 0)];
  if (width === 0 || height === 0) fail(`is ${width}x${height}; a map has pixels`);
  const header: TiffHeader = {
    width,
    height,
    bits: number(258, 1),
    kind: KINDS[number(339, 1)] ?? 'other',
    channels: number(277, 1),
    compression: number(259, 1),
    photometric: number(262, 1),
    predictor: number(317, 1),
    orientation: number(274, 1),
    fillOrder: number(266, 1),
    more: long(start + countSize + count * entrySize) !== 0,
    big,
  };

  const [offsets, lengths] = tags.has(324) ? [numbers(324), numbers(325)] : [numbers(273), numbers(279)];
  if (offsets.length === 0 || offsets.length !== lengths.length)
    fail(`has ${offsets.length} blocks of pixels and ${lengths.length} lengths of them`);
  for (const [i, offset] of offsets.entries()) within(offset, lengths[i]!);
  const stored = lengths.reduce((sum, length) => sum + length, 0);
  const size = (width * height * header.channels * header.bits) / 8;
  const room = header.compression === 1 ? stored : Math.min(stored, bytes.length) * LARGEST_RATIO;
  if (size > room) fail(`claims ${width}x${height} pixels of ${header.bits} bits, which its ${stored} bytes of pixels can't be`);
  if (stored > bytes.length) fail(`has blocks of pixels that overlap: ${stored} bytes of them, and the file ${bytes.length}`);
  const [blockWidth, blockHeight] = tags.has(324) ? [number(322, 0), number(323, 0)] : [width, Math.min(height, number(278, height))];
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight);
  if (blocks !== offsets.length)
    fail(`has ${offsets.length} blocks of pixels; ${blocks} of ${blockWidth}x${blockHeight} make its ${width}x${height}`);
  return header;
}
