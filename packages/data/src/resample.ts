import { type ResamplingTaps, resamplingTaps } from '@rddpm/core';
import type { Raster, Region, Size } from '@rddpm/core/contracts';

/**
 * A region of a picture at another size, in the picture's own numbers: [height, width, channels] of `target`, row-major.
 *
 * Bilinear, antialiased: the numbers of Pillow's `resize(…, BILINEAR)` on floats, everywhere the same, for no decoder takes part. At the same size nothing
 * changes.
 *
 * @param source Within the picture.
 * @param channels The first so many of the picture's: without alpha, say.
 */
export function resample({ width, channels: stride, data }: Raster, source: Region, target: Size, channels: number): Float32Array {
  const columns = resamplingTaps(source.width, target.width);
  const rows = resamplingTaps(source.height, target.height);
  const result = new Float32Array(target.width * target.height * channels);
  const isOnce = inPairs(rows);
  let line = new Float64Array(source.width * stride); // one row of the target, still as wide as the source
  let next = new Float64Array(source.width * stride);
  let row = 0;
  const start = (row: number) => ((source.y + row) * width + source.x) * stride;
  for (let y = 0; y < target.height; y++) {
    const own = rows[y]!;
    const following = isOnce ? rows[y + 1] : undefined;
    const end = own.first + own.weights.length;
    for (row = isOnce ? row : own.first; row < end; row += AT_ONCE) addRows({ line, next, data, row, end, own, following, start });
    row = end;
    reduceRow(line, columns, { stride, channels, into: result, at: y * target.width * channels });
    [line, next] = [next, line.fill(0)];
  }
  return result;
}

/** Whether each row of the source counts for two neighbours at most, so that it need be read only once: so it is of what isn't enlarged. */
function inPairs(rows: readonly ResamplingTaps[]): boolean {
  return (
    rows[0]!.first === 0 &&
    rows.every(({ first, weights }, y) => (rows[y + 2]?.first ?? Number.POSITIVE_INFINITY) >= first + weights.length)
  );
}

/** Rows that are added in one pass: reading and writing the sums takes longer than the arithmetic. */
const AT_ONCE = 4;

type Rows = {
  readonly line: Float64Array;
  readonly next: Float64Array;
  readonly data: Raster['data'];
  /** The first of the rows, and where they end. */
  readonly row: number;
  readonly end: number;
  readonly own: ResamplingTaps;
  readonly following: ResamplingTaps | undefined;
  readonly start: (row: number) => number;
};

/** Adds four rows, each with its weights, to a row of the target and to the following one; those from the end on have none. */
function addRows({ line, next, data, row, end, own, following, start }: Rows): void {
  const from = (k: number) => start(Math.min(row + k, end - 1));
  const weight = (taps: ResamplingTaps | undefined, k: number) => (taps && row + k < end ? (taps.weights[row + k - taps.first] ?? 0) : 0);
  const [r0, r1, r2, r3] = [from(0), from(1), from(2), from(3)];
  const [a0, a1, a2, a3] = [weight(own, 0), weight(own, 1), weight(own, 2), weight(own, 3)];
  const [b0, b1, b2, b3] = [weight(following, 0), weight(following, 1), weight(following, 2), weight(following, 3)];
  for (let i = 0; i < line.length; i++) {
    const p = data[r0 + i]!;
    const q = data[r1 + i]!;
    const r = data[r2 + i]!;
    const s = data[r3 + i]!;
    line[i]! += a0 * p + a1 * q + a2 * r + a3 * s;
    next[i]! += b0 * p + b1 * q + b2 * r + b3 * s;
  }
}

type Into = { readonly stride: number; readonly channels: number; readonly into: Float32Array; readonly at: number };

function reduceRow(line: Float64Array, columns: readonly ResamplingTaps[], { stride, channels, into, at }: Into): void {
  for (let x = 0; x < columns.length; x++) {
    const { first, weights } = columns[x]!;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let k = 0, from = first * stride + channel; k < weights.length; k++, from += stride) sum += weights[k]! * line[from]!;
      into[at + x * channels + channel] = sum;
    }
  }
}

/** A region of a mask at another size: of each new pixel, the pixel at its centre. No value is invented. */
export function nearest(data: Uint8Array, width: number, source: Region, target: Size): Uint8Array {
  const result = new Uint8Array(target.width * target.height);
  const columns = Int32Array.from({ length: target.width }, (_, x) => source.x + centreOf(x, source.width, target.width));
  for (let y = 0, at = 0; y < target.height; y++) {
    const row = (source.y + centreOf(y, source.height, target.height)) * width;
    for (let x = 0; x < target.width; x++) result[at++] = data[row + columns[x]!]!;
  }
  return result;
}

const centreOf = (at: number, from: number, to: number) => Math.floor(((at + 0.5) * from) / to);
