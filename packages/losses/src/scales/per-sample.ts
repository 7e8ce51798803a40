import { ShapeError } from '@rddpm/core';
import { reshape, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';

/** An option of a loss: a number, a scalar that may change from step to step, or one value per sample. Values of tensors are not checked. */
export type PerSample = number | Scalar | Tensor1D;

/**
 * [n] -> [n, 1, …]: as [n] it would broadcast along the last axis.
 *
 * @throws {ShapeError} unless `value` is [] or has as many values as `like` has samples.
 */
export function perSample(what: string, value: Tensor, like: Tensor): Tensor {
  if (value.rank > 1 || (value.rank === 1 && value.size !== like.shape[0])) {
    throw new ShapeError(`${what} is [${value.shape}] but the residual is [${like.shape}]; it must be [] or [batch]`);
  }
  return reshape(
    value,
    like.shape.map((_, axis) => (axis === 0 ? value.size : 1)),
  );
}
