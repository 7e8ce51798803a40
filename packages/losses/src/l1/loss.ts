import { abs, div, mul, sign, tidy } from '@tensorflow/tfjs-core';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';

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
 */
export const l1Loss = /* @__PURE__ */ elementWiseLoss('l1Loss', absolute);
