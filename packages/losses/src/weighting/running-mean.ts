import { add, div, expandDims, maximum, minimum, mul, sub, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';

/** Running means of several things at once. */
export type RunningMeans = {
  /** [k], how many values each mean stands for; 0 for a mean that has seen none, which is 0 itself. */
  readonly count: Tensor1D;
  /** [k] */
  readonly mean: Tensor1D;
};

/**
 * The means with new values included. The first `memory` values count alike, so a mean is right from its first value on; after that, old values
 * fade. Computed as sums of products, as adding into rows isn't deterministic on every device.
 *
 * @param places [n, k], 1 where a value goes and 0 elsewhere.
 * @param values [n], finite.
 */
export function averaged({ count, mean }: RunningMeans, places: Tensor2D, values: Tensor1D, memory: number): RunningMeans {
  const total = add<Tensor1D>(minimum(count, memory), sum(places, 0));
  const deviations = mul(places, sub(expandDims(values, 1), expandDims(mean, 0)));
  return { count: total, mean: add(mean, div(sum(deviations, 0), maximum(total, 1))) };
}
