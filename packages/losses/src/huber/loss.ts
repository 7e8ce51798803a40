import { abs, add, clipByValue, div, maximum, minimum, mul, square, sub } from '@tensorflow/tfjs-core';
import { byDelta, type DeltaOptions } from '../element-wise/by-delta.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';

export type HuberOptions = DeltaOptions;

export const HUBER: Shape = {
  value: (u) => {
    const size = abs(u);
    const quadratic = minimum(size, 1);
    return add(mul(0.5, square(quadratic)), sub(size, quadratic));
  },
  slope: (u) => clipByValue(u, -1, 1),
  weight: (u) => div(1, maximum(abs(u), 1)),
  intercept: (u) => mul(-0.5, square(minimum(abs(u), 1))),
};

/**
 * `r²/2` for `|r| ≤ δ`, else `δ(|r| − δ/2)`. A δ of 0 means |r|, the limit of the formula divided by δ; Infinity means r²/2.
 *
 * @throws {ConfigError} unless a number δ is 0 or above; {ShapeError}, on use, if δ is neither one number nor one per sample.
 * @see Huber (1964), https://doi.org/10.1214/aoms/1177703732
 */
export function huber({ delta = 1 }: HuberOptions = {}): RobustFunction {
  return byDelta('huber: delta', HUBER, delta);
}

/**
 * Mean Huber penalty: `r²/2` for `|r| ≤ δ`, else `δ(|r| − δ/2)`, with `r = prediction − target`.
 *
 * A residual beyond δ pulls with constant force, so a few contaminated images can't dominate a step. A δ of 0 means the absolute error,
 * the limit of the formula divided by δ; Infinity means half the squared error.
 *
 * δ is 1 by default, as in PyTorch; `createLoss({ name: 'huber' })` of `@rddpm/losses/config` takes 0.2, which suits diffusion.
 *
 * @see Huber (1964), https://doi.org/10.1214/aoms/1177703732
 */
export const huberLoss = /* @__PURE__ */ elementWiseLoss('huberLoss', huber);
