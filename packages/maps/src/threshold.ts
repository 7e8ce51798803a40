import { ConfigError } from '@rddpm/core';
import type { Threshold, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { rowMajor } from './row-major.ts';
import { type ScoreSetOptions, scoreInChunks } from './score-set.ts';

/**
 * The value that a share of `quantile` of the scores lies below, interpolated linearly between neighbours: numpy's `quantile`.
 * Of training images' scores it makes a threshold that needs no labelled defects.
 *
 * @param scores At least one, in any order and unit; they stay as they are.
 * @param quantile In [0, 1]. @defaultValue 0.9
 * @throws {ConfigError} for no scores, a NaN among them, or a quantile outside [0, 1].
 */
export function quantileThreshold(scores: ArrayLike<number>, quantile = 0.9): number {
  if (!(quantile >= 0 && quantile <= 1)) throw new ConfigError(`quantileThreshold: quantile is ${quantile}; it must be in [0, 1]`);
  if (scores.length === 0) throw new ConfigError('quantileThreshold: scores is empty; it must hold at least one');
  const sorted = Float64Array.from(scores).sort();
  if (Number.isNaN(sorted.at(-1))) throw new ConfigError('quantileThreshold: scores holds NaN; scores must be numbers'); // NaN sorts last
  const position = quantile * (sorted.length - 1);
  const below = Math.floor(position);
  const share = position - below;
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share); // exact at both ends
}

/**
 * 1 where the map reaches the threshold, else 0, also where the map is NaN; shaped like the map.
 *
 * @param map Of any shape; a view is read as what it shows.
 * @param threshold In the map's unit.
 * @throws {ConfigError} if the threshold is NaN.
 */
export function binaryMask(map: NdArray<Float32Array>, threshold: number): NdArray<Uint8Array> {
  if (Number.isNaN(threshold)) throw new ConfigError('binaryMask: threshold is NaN; it must be a number');
  const mask = Uint8Array.from(rowMajor(map), (value) => (value >= threshold ? 1 : 0));
  return ndarray(mask, [...map.shape]);
}

const THRESHOLD_IMAGES = 32;
const THRESHOLD_QUANTILE = 0.9;

/**
 * At most 32 of these rows of a training set, evenly spread: their scores make a threshold. They are not sorted: some may be defective, which its
 * quantile allows for.
 *
 * @param rows Those that were learnt from, in the end.
 */
export function thresholdRows(rows: Int32Array): Int32Array {
  return spreadRows(rows, THRESHOLD_IMAGES);
}

/** At most `most` of the rows, evenly spread, in their order. */
export function spreadRows(rows: Int32Array, most: number): Int32Array {
  const count = Math.min(rows.length, most);
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}

/** The 0.9 quantile. @param scores Of training images. @throws {ConfigError} as `quantileThreshold`. */
export function thresholdOf(scores: Float64Array): Threshold {
  return { value: quantileThreshold(scores, THRESHOLD_QUANTILE), quantile: THRESHOLD_QUANTILE, images: scores.length };
}

/** How many of the training images that make the threshold have been scored. */
export type ThresholdEvent = { readonly kind: 'threshold'; readonly done: number; readonly total: number };

/**
 * Scores training images, and makes the threshold of them.
 *
 * @param options.kept Of the last selection: images that were left out have no say.
 * @returns Undefined once the signal is aborted.
 */
export async function* thresholdFrom(
  options: Pick<ScoreSetOptions, 'method' | 'scorer' | 'calibration' | 'smoothing' | 'size' | 'signal'> & {
    readonly training: TrainingSet;
    readonly kept?: Uint8Array | undefined;
  },
): AsyncGenerator<ThresholdEvent, Threshold | undefined> {
  const { training: set, kept, ...shared } = options;
  const rows = thresholdRows(Int32Array.from({ length: set.count }, (_, row) => row).filter((row) => !kept || kept[row]));
  const total = rows.length;
  if (total === 0)
    throw new ConfigError(
      `${options.method}: it keeps none of its ${set.count} training images; there is nothing to make a threshold from`,
    );
  const scores: number[] = [];
  yield { kind: 'threshold', done: 0, total };
  for await (const { judged } of scoreInChunks({ ...shared, set, rows, isTraining: true })) {
    scores.push(...judged.scores);
    yield { kind: 'threshold', done: scores.length, total };
  }
  return scores.length < total ? undefined : thresholdOf(Float64Array.from(scores));
}
