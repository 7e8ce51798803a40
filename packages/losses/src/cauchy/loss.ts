import { div, square } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import { hypotenuse, logHypotenuse } from '../element-wise/hypotenuse.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';

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
 * Redescending: a residual beyond c pulls the less the farther it is, as c²/r in the end.
 *
 * @see Black, Anandan (1996), https://doi.org/10.1006/cviu.1996.0006
 */
export const cauchyLoss = /* @__PURE__ */ elementWiseLoss('cauchyLoss', cauchy);
