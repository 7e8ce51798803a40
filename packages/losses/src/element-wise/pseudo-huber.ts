import { assertOneOf } from '@rddpm/core';
import { add, div, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import { byDelta, type DeltaOptions } from './delta.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import { hypotenuse } from './hypotenuse.ts';
import type { RobustFunction } from './robust-function.ts';
import type { Shape } from './scaled.ts';

export type PseudoHuberOptions = DeltaOptions & {
  /** `'diffusers'` is twice the classical form: `2δ(√(r² + δ²) − δ)`, near 0 the squared error rather than half of it. @defaultValue 'classical' */
  readonly form?: 'classical' | 'diffusers';
};

const SHAPE: Shape = {
  value: (u) => mul(u, div(u, add(hypotenuse(u), 1))), // √(1 + u²) − 1 without its cancellation
  slope: (u) => div(u, hypotenuse(u)),
  weight: (u) => div(1, hypotenuse(u)),
};

/**
 * `δ²(√(1 + (r/δ)²) − 1)`, also known as Charbonnier's: Huber's function without its corner. A δ of 0 means |r|, which the formula divided
 * by δ tends to; Infinity means r²/2. Diffusers' form is twice as much throughout.
 *
 * @throws {ConfigError} unless a number δ is 0 or above and `form` is known; {ShapeError}, on use, if δ is neither one number nor one per sample.
 * @see Charbonnier et al. (1997), https://doi.org/10.1109/83.551699; Khrapov et al. (2024), https://arxiv.org/abs/2403.16728
 */
export function pseudoHuber({ delta = 1, form = 'classical' }: PseudoHuberOptions = {}): RobustFunction {
  assertOneOf('pseudoHuber: form', form, ['classical', 'diffusers']);
  const classical = byDelta('pseudoHuber: delta', SHAPE, delta);
  return form === 'classical' ? classical : doubled(classical);
}

function doubled({ rho, psi, weight }: RobustFunction): RobustFunction {
  const twice = (fn: (residual: Tensor) => Tensor) => (residual: Tensor) => tidy(() => mul(2, fn(residual)));
  return { rho: twice(rho), psi: twice(psi), weight: twice(weight) };
}

/**
 * Mean pseudo-Huber penalty: `δ²(√(1 + (r/δ)²) − 1)` with `r = prediction − target`, or twice of it in diffusers' form.
 *
 * Smooth everywhere; a far residual pulls with a force that tends to δ. A δ of 0 means the absolute error, which the formula divided by δ
 * tends to (it vanishes itself); Infinity means half the squared error. The values of a δ that is a tensor are not checked.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or δ is neither one number nor one per sample; {ConfigError} unless a number δ is
 *   0 or above and `form` is known.
 * @see Charbonnier et al. (1997), https://doi.org/10.1109/83.551699; Khrapov et al. (2024), https://arxiv.org/abs/2403.16728
 */
export function pseudoHuberLoss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: PseudoHuberOptions & Reducible<R> = {},
): Reduced<R> {
  return elementWise('pseudoHuberLoss', prediction, target, pseudoHuber(options), options.reduction);
}
