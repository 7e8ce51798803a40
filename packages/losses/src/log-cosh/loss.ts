import { abs, add, div, exp, less, log1p, maximum, mul, square, sub, tanh, where } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import { powerSeries } from '../element-wise/power-series.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';

export type LogCoshOptions = {
  /** c: beyond it the penalty turns linear, in units of the residual; one number or one per sample. @defaultValue 1.205 */
  readonly scale?: PerSample;
};

/** ln cosh u = u²/2 − u⁴/12 + …, in u² */
const SERIES = [0, 1 / 2, -1 / 12, 1 / 45, -17 / 2520, 31 / 14175];

/** For |u| below, the series is used, as the logarithms' difference would cancel. At this point both keep six digits. */
const NEAR = 0.5;

/** For |u| below, tanh(u)/u is 1 − u²/3 in float32. On WebGPU TensorFlow.js' tanh() loses digits there. */
const TINY = 0.02;

const SHAPE: Shape = {
  value: (u) => {
    const size = abs(u);
    const far = sub(add(size, log1p(exp(mul(-2, size)))), Math.LN2);
    return where(less(size, NEAR), powerSeries(square(u), SERIES), far);
  },
  slope: tanh,
  weight: (u) => {
    const size = abs(u);
    const far = maximum(size, TINY);
    return where(less(size, TINY), sub(1, div(square(u), 3)), div(tanh(far), far));
  },
};

/**
 * `c² ln cosh(r/c)`: close to Huber's function, and smooth.
 *
 * @throws {ConfigError} unless a number c is finite and above 0; {ShapeError}, on use, if c is neither one number nor one per sample.
 * @see Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533, who call it logistic
 */
export function logCosh({ scale = EFFICIENCY_95.logCosh }: LogCoshOptions = {}): RobustFunction {
  return byScale('logCosh: scale', SHAPE, scale);
}

/**
 * Mean log-cosh penalty: `c² ln cosh(r/c)`, with `r = prediction − target`.
 *
 * Close to Huber's and smooth everywhere; a far residual pulls with a force that tends to c.
 *
 * @see Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533, who call it logistic
 */
export const logCoshLoss = /* @__PURE__ */ elementWiseLoss('logCoshLoss', logCosh);
