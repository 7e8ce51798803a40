/** Statistics that are fitted at each position alone, to what all images show there. */
import type { FitEvent, TrainingSet } from '@rddpm/core/contracts';
import { cutoffOf } from '@rddpm/maps';
import type { Concentration } from './concentration.ts';
import { passOver, type Reading } from './passes.ts';

/** What an image shows at a position, in `dims` numbers. */
export type Features = {
  readonly dims: number;
  /** Writes the rows of pixels from `top` to `bottom`, exclusive. @param into [(bottom − top) · w, dims] */
  read(image: Float32Array, top: number, bottom: number, into: Float32Array): void;
};

/** What is normal at a position, in `size` numbers. */
export type Statistic = {
  readonly size: number;
  /** @param values [n, dims], n of at least 1. */
  fit(values: Float64Array, n: number): Float64Array;
  /** How far each of `values` is from what is normal. @returns [n] */
  distances(values: Float64Array, n: number, normal: Float64Array): Float64Array;
};

/** Bytes of values that are held at once: 10 000 colour images of 64x64 pixels take four bands. */
const BAND_BYTES = 2 ** 27;

/** Rows of pixels that are held at once, of all images. */
function bandRows({ count, shape: [h, w] }: TrainingSet, dims: number, bytes: number): number {
  return Math.min(h, Math.max(1, Math.floor(bytes / (4 * count * w * dims))));
}

/** How many images `fitPositions` reads: the set once for each band. */
export const positionSteps = (training: TrainingSet, dims: number) =>
  training.count * Math.ceil(training.shape[0] / bandRows(training, dims, BAND_BYTES));

/**
 * Fits a statistic at every position. Medians and concentration steps need all values of a position, so the set is read in bands of rows of pixels, once
 * for each band: at most 128 MiB of values are in memory at once, or one row of pixels of all images. Pixels that aren't valid are left out, unless
 * none at their position is.
 *
 * @returns [h · w, size]; undefined once the signal is aborted.
 */
export async function* fitPositions(
  training: TrainingSet,
  features: Features,
  statistic: Statistic,
  options: { readonly concentration: Concentration | undefined; readonly reading: Reading; readonly bandBytes?: number },
): AsyncGenerator<FitEvent, Float32Array | undefined> {
  const { concentration, reading, bandBytes = BAND_BYTES } = options;
  const { count } = training;
  const [h, w] = training.shape;
  const { dims } = features;
  const { size } = statistic;
  const rows = bandRows(training, dims, bandBytes);
  const fitted = new Float32Array(h * w * size);
  const column = new Float64Array(count * dims);
  for (let top = 0; top < h; top += rows) {
    const bottom = Math.min(h, top + rows);
    const pixels = (bottom - top) * w;
    const values = new Float32Array(count * pixels * dims);
    let valid: Uint8Array | undefined;
    const whole = yield* passOver(training, reading, (image) => {
      features.read(image.values, top, bottom, values.subarray(image.row * pixels * dims, (image.row + 1) * pixels * dims));
      if (!image.valid) return;
      valid ??= new Uint8Array(count * pixels).fill(1);
      valid.set(image.valid.subarray(top * w, bottom * w), image.row * pixels);
    });
    if (!whole) return undefined;
    for (let at = 0; at < pixels; at++) {
      const n = gather(values, valid, { at, pixels, dims, column }) || gather(values, undefined, { at, pixels, dims, column });
      fitted.set(concentratedFit(column, n, { dims, statistic, concentration }), (top * w + at) * size);
    }
  }
  return fitted;
}

/** Writes into `column` what the valid images show at a pixel of the band. @returns How many images are valid there. */
function gather(
  values: Float32Array,
  valid: Uint8Array | undefined,
  { at, pixels, dims, column }: { readonly at: number; readonly pixels: number; readonly dims: number; readonly column: Float64Array },
): number {
  const count = column.length / dims;
  let n = 0;
  for (let i = 0; i < count; i++) {
    const pixel = i * pixels + at;
    if (valid && !valid[pixel]) continue;
    for (let k = 0; k < dims; k++) column[n * dims + k] = values[pixel * dims + k]!;
    n++;
  }
  return n;
}

type FitOptions = { readonly dims: number; readonly statistic: Statistic; readonly concentration: Concentration | undefined };

/**
 * A fit on all of `values`, then concentration steps: each keeps the share of them that is nearest to the last fit, and those as near as the last of these, and fits again.
 *
 * @see Rousseeuw, Van Driessen (1999), https://doi.org/10.1080/00401706.1999.10485670, theorem 1
 */
function concentratedFit(values: Float64Array, n: number, { dims, statistic, concentration }: FitOptions): Float64Array {
  let normal = statistic.fit(values, n);
  if (!concentration) return normal;
  const kept = new Float64Array(n * dims);
  for (let round = 0; round < concentration.rounds; round++) {
    const distances = statistic.distances(values, n, normal);
    const cutoff = cutoffOf(distances, concentration.keep);
    let count = 0;
    for (let i = 0; i < n; i++) {
      if (distances[i]! > cutoff) continue;
      for (let k = 0; k < dims; k++) kept[count * dims + k] = values[i * dims + k]!;
      count++;
    }
    normal = statistic.fit(kept, count);
  }
  return normal;
}
