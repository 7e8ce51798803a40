import { abs, div, mul, sign, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import type { RobustFunction } from './robust-function.ts';

/** |r|: every residual pulls alike, except 0, which doesn't pull; its weight is infinite. */
export function absolute(): RobustFunction {
  return {
    rho: (residual) => tidy(() => mul(residual, sign(residual))), // not abs(), whose gradient in TensorFlow.js is −1 at 0
    psi: sign,
    weight: (residual) => tidy(() => div(1, abs(residual))),
  };
}

/**
 * Mean absolute error.
 *
 * Every residual pulls with the same force, however small it is.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty.
 */
export function l1Loss<R extends Reduction = 'mean'>(prediction: Tensor, target: Tensor, options: Reducible<R> = {}): Reduced<R> {
  return elementWise('l1Loss', prediction, target, absolute(), options.reduction);
}
