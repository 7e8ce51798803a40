import { abs, add, clipByValue, div, maximum, minimum, mul, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import { byDelta, type DeltaOptions } from './delta.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import type { RobustFunction } from './robust-function.ts';
import type { Shape } from './scaled.ts';

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
 * `r²/2` for `|r| ≤ δ`, else `δ(|r| − δ/2)`. A δ of 0 means |r|, which the formula divided by δ tends to; Infinity means r²/2.
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
 * which the formula divided by δ tends to (it vanishes itself); Infinity means half the squared error. A δ that is a tensor, above 0, may
 * change from step to step; its values are not checked, as a compiled graph can't throw.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or δ is neither one number nor one per sample; {ConfigError} unless a number δ is
 *   0 or above.
 * @see Huber (1964), https://doi.org/10.1214/aoms/1177703732
 */
export function huberLoss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: HuberOptions & Reducible<R> = {},
): Reduced<R> {
  return elementWise('huberLoss', prediction, target, huber(options), options.reduction);
}
