import { assertOneOf } from '@rddpm/core';
import { add, div, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { byDelta, type DeltaOptions } from '../element-wise/by-delta.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import { hypotenuse } from '../element-wise/hypotenuse.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';

export type PseudoHuberOptions = DeltaOptions & {
  /** `'diffusers'` is twice the classical form: `2δ(√(r² + δ²) − δ)`, near 0 the squared error rather than half of it. @defaultValue 'classical' */
  readonly form?: 'classical' | 'diffusers';
};

const SHAPE: Shape = {
  value: (u) => mul(u, div(u, add(hypotenuse(u), 1))), // √(1 + u²) − 1, rearranged so that no digits cancel
  slope: (u) => div(u, hypotenuse(u)),
  weight: (u) => div(1, hypotenuse(u)),
};

/**
 * `δ²(√(1 + (r/δ)²) − 1)`, also known as Charbonnier's: Huber's function without its corner. A δ of 0 means |r|, the limit of the
 * formula divided by δ; Infinity means r²/2. Diffusers' form is twice all of these.
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
 * Smooth everywhere; a far residual pulls with a force that tends to δ. A δ of 0 means the absolute error, the limit of the
 * formula divided by δ; Infinity means half the squared error. An unknown `form` is a {ConfigError}, too.
 *
 * @see Charbonnier et al. (1997), https://doi.org/10.1109/83.551699; Khrapov et al. (2024), https://arxiv.org/abs/2403.16728
 */
export const pseudoHuberLoss = /* @__PURE__ */ elementWiseLoss('pseudoHuberLoss', pseudoHuber);
