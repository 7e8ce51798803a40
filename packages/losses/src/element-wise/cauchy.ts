import { div, square, type Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import type { PerSample } from '../scales/per-sample.ts';
import { byScale } from './by-scale.ts';
import { EFFICIENCY_95 } from './efficiency.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import { hypotenuse, logHypotenuse } from './hypotenuse.ts';
import type { RobustFunction } from './robust-function.ts';
import type { Shape } from './scaled.ts';

export type CauchyOptions = {
  /** c: a residual of this size pulls hardest, with c/2, in units of the residual; one number or one per sample. @defaultValue 2.385 */
  readonly scale?: PerSample;
};

const SHAPE: Shape = {
  value: logHypotenuse,
  slope: (u) => {
    const h = hypotenuse(u);
    return div(div(u, h), h);
  },
  weight: (u) => square(div(1, hypotenuse(u))),
};

/**
 * `(c²/2) ln(1 + (r/c)²)`, also known as Lorentzian: the negative log-likelihood of Cauchy's distribution.
 *
 * @throws {ConfigError} unless a number c is finite and above 0; {ShapeError}, on use, if c is neither one number nor one per sample.
 * @see Black, Anandan (1996), https://doi.org/10.1006/cviu.1996.0006
 */
export function cauchy({ scale = EFFICIENCY_95.cauchy }: CauchyOptions = {}): RobustFunction {
  return byScale('cauchy: scale', SHAPE, scale);
}

/**
 * Mean Cauchy penalty: `(c²/2) ln(1 + (r/c)²)`, with `r = prediction − target`.
 *
 * Redescending: a residual beyond c pulls the less the farther it is, as c²/r in the end. The values of a scale c that is a tensor are not
 * checked.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or c is neither one number nor one per sample; {ConfigError} unless a number c is
 *   finite and above 0.
 * @see Black, Anandan (1996), https://doi.org/10.1006/cviu.1996.0006
 */
export function cauchyLoss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: CauchyOptions & Reducible<R> = {},
): Reduced<R> {
  return elementWise('cauchyLoss', prediction, target, cauchy(options), options.reduction);
}
