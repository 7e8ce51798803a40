import { add, clipByValue, floor, log, mul, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { oneHotRows } from './one-hot.ts';

/** ln σ of the usual schedules with 1000 steps lies between -4.6 and 5.1. What lies outside, σ = ∞ included, goes to the first or last bin. */
const [FIRST, LAST] = [-5, 5];

/**
 * [n] -> [n, bins], 1 at each sample's bin of ln σ. Binned by ln σ and not by t: errors change evenly with ln σ, but abruptly
 * with small t, and the number of timesteps need not be known.
 */
export function noiseBins(sigma: Tensor1D, bins: number): Tensor2D {
  const bin = floor(mul(add(log(sigma), -FIRST), bins / (LAST - FIRST)));
  return oneHotRows(clipByValue(bin, 0, bins - 1) as Tensor1D, bins);
}
