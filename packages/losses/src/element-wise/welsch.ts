import { exp, mul, neg, square, type Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import type { PerSample } from '../scales/per-sample.ts';
import { byScale } from './by-scale.ts';
import { EFFICIENCY_95 } from './efficiency.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import { saturating } from './power-series.ts';
import type { RobustFunction } from './robust-function.ts';
import type { Shape } from './scaled.ts';

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
 * Redescending: the penalty is at most c²/2, and a residual of 3c or more hardly pulls. The values of a scale c that is a tensor are not checked.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or c is neither one number nor one per sample; {ConfigError} unless a number c is
 *   finite and above 0.
 * @see Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533
 */
export function welschLoss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: WelschOptions & Reducible<R> = {},
): Reduced<R> {
  return elementWise('welschLoss', prediction, target, welsch(options), options.reduction);
}
