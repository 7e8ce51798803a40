import { ConfigError } from '@rddpm/core';
import type { Threshold } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { rowMajor } from './row-major.ts';

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

/** Of a hundred good images, five. */
export const DEFAULT_FALSE_ALARMS = 0.05;

/** Of the scores above the median, the rank that the tail is measured at: high enough to be of it, and below what defective images reach. */
const TAIL_QUANTILE = 0.8;

const LEAST_SCALE = 1e-3; // scores that differ less differ by rounding: the threshold stays above those that it was made of
const LEAST = 2 ** -126; // float32's: maps that hold it are not 0

/** As `thresholdOf` makes it. */
export type TailThreshold = Extract<Threshold, { readonly tail: unknown }>;

/**
 * Where a share of good images are expected to be called anomalous, from scores of training images alone. Their logarithms are taken to fall off
 * exponentially above the median, as fast as they do up to the 0.8 quantile: it doesn't matter how defective the highest fifth are.
 *
 * Images that score alike stay below it. Where at least half of the scores are 0, it lies just above the highest.
 *
 * @param scores At least one, at least 0, in any order.
 * @param falseAlarms In (0, 0.5). @defaultValue DEFAULT_FALSE_ALARMS
 * @throws {ConfigError} for no scores, a NaN among them, or another rate.
 */
export function thresholdOf(scores: ArrayLike<number>, falseAlarms: number = DEFAULT_FALSE_ALARMS): TailThreshold {
  const sorted = Float64Array.from(scores).sort();
  const highest = quantileThreshold(sorted, 1);
  const isMostlyZero = sorted[Math.ceil(sorted.length / 2) - 1]! <= 0;
  const logs = isMostlyZero ? [Math.log(Math.max(highest, LEAST))] : sorted.map((score) => Math.log(Math.max(score, LEAST)));
  const [middle, high] = [quantileThreshold(logs, 0.5), quantileThreshold(logs, TAIL_QUANTILE)];
  const scale = Math.max(LEAST_SCALE, (high - middle) / Math.log(0.5 / (1 - TAIL_QUANTILE)));
  const tail = { median: Math.exp(middle), scale };
  return { value: valueAt(tail, falseAlarms), falseAlarms, tail, images: sorted.length };
}

/**
 * The same threshold for another rate, without scores.
 *
 * @throws {ConfigError} for a rate outside (0, 0.5), or a threshold of an earlier version, which holds no tail.
 */
export function thresholdAt(threshold: Threshold, falseAlarms: number): TailThreshold {
  if (!('tail' in threshold)) {
    throw new ConfigError('thresholdAt: the threshold is a quantile, as earlier versions made it, and tells nothing of other rates');
  }
  return { ...threshold, value: valueAt(threshold.tail, falseAlarms), falseAlarms };
}

/** @throws {ConfigError} unless it is in (0, 0.5). */
export function assertFalseAlarms(falseAlarms: number): void {
  if (!(falseAlarms > 0 && falseAlarms < 0.5)) throw new ConfigError(`falseAlarms is ${falseAlarms}; it must be above 0 and below 0.5`);
}

function valueAt({ median, scale }: TailThreshold['tail'], falseAlarms: number): number {
  assertFalseAlarms(falseAlarms);
  return Math.min(median * (0.5 / falseAlarms) ** scale, Number.MAX_VALUE);
}

/** At most `most` of the rows, evenly spread, in their order. */
export function spreadRows(rows: Int32Array, most: number): Int32Array {
  const count = Math.min(rows.length, most);
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}
