import { add, div, minimum, type Scalar, scalar, sqrt, square, sum, type Tensor1D } from '@tensorflow/tfjs-core';

/**
 * The factor that shortens a gradient which is longer than `maxNorm` to that length, as PyTorch's `clip_grad_norm_` has it; 1 for shorter ones.
 * `norm` is the gradient's length before.
 *
 * @param gradients Parts of one gradient.
 * @param maxNorm Infinity leaves every gradient as it is.
 */
export function clipping(gradients: readonly Tensor1D[], maxNorm: number): { scale: Scalar; norm: Scalar } {
  const norm = sqrt(gradients.map((gradient) => sum<Scalar>(square(gradient))).reduce((a, b) => add(a, b)));
  const scale = maxNorm === Number.POSITIVE_INFINITY ? scalar(1) : minimum<Scalar>(1, div(maxNorm, add(norm, 1e-6)));
  return { scale, norm };
}
