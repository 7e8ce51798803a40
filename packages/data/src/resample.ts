import type { Raster, Region, Size } from '@rddpm/core/contracts';

/**
 * A region of a picture at another size, in the picture's own numbers: [height, width, channels] of `target`, row-major.
 *
 * The kernel is a triangle that is widened by the reduction, so that it averages over all that a new pixel covers. It gives the numbers of Pillow's
 * `resize(…, BILINEAR)` on floats, and of PyTorch's `interpolate(mode='bilinear', antialias=True)`, everywhere the same: no decoder takes part. At the same
 * size nothing changes.
 *
 * @param source Within the picture.
 * @param channels The first so many of the picture's: without alpha, say.
 */
export function resample({ width, channels: stride, data }: Raster, source: Region, target: Size, channels: number): Float32Array {
  const columns = tapsOf(source.width, target.width);
  const rows = tapsOf(source.height, target.height);
  const result = new Float32Array(target.width * target.height * channels);
  const line = new Float64Array(source.width * stride); // one row of the target, still as wide as the source
  for (let y = 0; y < target.height; y++) {
    const { first, weights } = rows[y]!;
    line.fill(0);
    for (let k = 0; k < weights.length; k += AT_ONCE)
      addRows(line, data, weights, k, (row) => ((source.y + first + row) * width + source.x) * stride);
    reduceRow(line, columns, { stride, channels, into: result, at: y * target.width * channels });
  }
  return result;
}

/** Rows that are added in one pass: reading and writing the sum takes longer than the arithmetic. */
const AT_ONCE = 4;

/** Adds four rows from the `k`-th on, each with its weight; those beyond the last have none. */
function addRows(line: Float64Array, data: Raster['data'], weights: Float64Array, k: number, start: (row: number) => number): void {
  const last = weights.length - 1;
  const weight = (row: number) => weights[row] ?? 0;
  const from = (row: number) => start(Math.min(row, last));
  const [w0, w1, w2, w3] = [weight(k), weight(k + 1), weight(k + 2), weight(k + 3)];
  const [r0, r1, r2, r3] = [from(k), from(k + 1), from(k + 2), from(k + 3)];
  for (let i = 0; i < line.length; i++) line[i]! += w0 * data[r0 + i]! + w1 * data[r1 + i]! + w2 * data[r2 + i]! + w3 * data[r3 + i]!;
}

type Into = { readonly stride: number; readonly channels: number; readonly into: Float32Array; readonly at: number };

function reduceRow(line: Float64Array, columns: readonly Taps[], { stride, channels, into, at }: Into): void {
  for (let x = 0; x < columns.length; x++) {
    const { first, weights } = columns[x]!;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let k = 0, from = first * stride + channel; k < weights.length; k++, from += stride) sum += weights[k]! * line[from]!;
      into[at + x * channels + channel] = sum;
    }
  }
}

/** Which pixels of a line make one of the new pixels, and how much each counts: they sum to 1. */
type Taps = { readonly first: number; readonly weights: Float64Array };

function tapsOf(from: number, to: number): Taps[] {
  const scale = from / to;
  const reach = Math.max(1, scale); // half of the triangle's base
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(from, Math.floor(centre + reach + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, k) => Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
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
