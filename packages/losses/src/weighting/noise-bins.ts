import { add, clipByValue, floor, log, mul, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { placesOf } from './places.ts';

/** ln σ of the usual schedules with 1000 steps is between -4.6 and 5.1. What lies outside goes to the first and last bin, σ = ∞ too. */
const [FIRST, LAST] = [-5, 5];

/**
 * [n] -> [n, bins], 1 at each sample's bin of ln σ. By the noise and not by t: errors vary with ln σ evenly but with t abruptly where
 * it is small, and one needn't know the number of timesteps.
 */
export function noiseBins(sigma: Tensor1D, bins: number): Tensor2D {
  const bin = floor(mul(add(log(sigma), -FIRST), bins / (LAST - FIRST)));
  return placesOf(clipByValue(bin, 0, bins - 1) as Tensor1D, bins);
}
