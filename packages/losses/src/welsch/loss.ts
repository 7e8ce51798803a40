import { exp, mul, neg, square } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import { saturating } from '../element-wise/power-series.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';

export type WelschOptions = {
  /** c: a residual of c/√2 pulls hardest, in units of the residual; one number or one per sample. @defaultValue 2.985 */
  readonly scale?: PerSample;
};

const SHAPE: Shape = {
  value: (u) => mul(0.5, saturating(square(u))),
  slope: (u) => mul(u, exp(neg(square(u)))),
  weight: (u) => exp(neg(square(u))),
};

/**
 * `(c²/2)(1 − exp(−(r/c)²))`, also known as Leclerc's, at most c²/2.
 *
 * @throws {ConfigError} unless a number c is finite and above 0; {ShapeError}, on use, if c is neither one number nor one per sample.
 * @see Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533
 */
export function welsch({ scale = EFFICIENCY_95.welsch }: WelschOptions = {}): RobustFunction {
  return byScale('welsch: scale', SHAPE, scale);
}

/**
 * Mean Welsch penalty: `(c²/2)(1 − exp(−(r/c)²))`, with `r = prediction − target`.
 *
 * Redescending: the penalty is at most c²/2, and a residual of 3c or more hardly pulls.
 *
 * @see Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533
 */
export const welschLoss = /* @__PURE__ */ elementWiseLoss('welschLoss', welsch);
