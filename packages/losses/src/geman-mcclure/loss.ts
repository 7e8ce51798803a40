import { div, mul, square } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import { hypotenuse } from '../element-wise/hypotenuse.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';

export type GemanMcclureOptions = {
  /** c: a residual of c/√3 pulls hardest, in units of the residual; one number or one per sample. @defaultValue 3.787 */
  readonly scale?: PerSample;
};

const SHAPE: Shape = {
  value: (u) => mul(0.5, square(div(u, hypotenuse(u)))),
  slope: (u) => {
    const h = hypotenuse(u);
    return mul(div(u, h), div(div(1, square(h)), h));
  },
  weight: (u) => square(square(div(1, hypotenuse(u)))),
};

/**
 * `(r²/2) / (1 + (r/c)²)`, at most c²/2.
 *
 * @throws {ConfigError} unless a number c is finite and above 0; {ShapeError}, on use, if c is neither one number nor one per sample.
 * @see Geman, McClure (1985), Bayesian image analysis, Proceedings of the Statistical Computing Section of the American Statistical Association, 12–18
 */
export function gemanMcclure({ scale = EFFICIENCY_95.gemanMcclure }: GemanMcclureOptions = {}): RobustFunction {
  return byScale('gemanMcclure: scale', SHAPE, scale);
}

/**
 * Mean Geman-McClure penalty: `(r²/2) / (1 + (r/c)²)`, with `r = prediction − target`.
 *
 * Redescending: the penalty is at most c²/2, and a far residual's pull falls as c⁴/r³.
 *
 * @see Geman, McClure (1985), Bayesian image analysis, Proceedings of the Statistical Computing Section of the American Statistical Association, 12–18
 */
export const gemanMcclureLoss = /* @__PURE__ */ elementWiseLoss('gemanMcclureLoss', gemanMcclure);
