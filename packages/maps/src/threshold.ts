import { ConfigError } from '@rddpm/core';
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
