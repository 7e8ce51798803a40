import { assertPositive, ConfigError } from '@rddpm/core';
import { div, exp, minimum, mul, onesLike, square, type Tensor } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import { logHypotenuse } from '../element-wise/hypotenuse.ts';
import { phi } from '../element-wise/power-series.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';
import { barronOfTensor } from './of-tensor.ts';

export type BarronOptions = {
  /** The form, from -Infinity to Infinity; one number or, finite ones, one per sample. @defaultValue 1 */
  readonly alpha?: PerSample;
  /** c, where the penalty leaves the parabola, in units of the residual; one number or one per sample. @defaultValue 1 */
  readonly scale?: PerSample;
};

/** For an |α| beyond, the function is that of ±Infinity for every residual that float32 can square. */
const LARGEST_ALPHA = 1e12;

/** exp(x) is infinite from here on, and exp(−x) is 0. */
const LARGEST_EXPONENT = 1000;

/** r²/2 */
const PARABOLA: Shape = { value: (u) => mul(0.5, square(u)), slope: (u) => mul(1, u), weight: onesLike };

/**
 * Barron's general function, one family with α as its form: `(b/α)(((r/c)²/b + 1)^(α/2) − 1)` with `b = |α − 2|`, and its limits where that
 * is undefined. In terms of the others, divided by c²: 2 is r²/2, 1 pseudo-Huber, 0 Cauchy with the scale √2·c, −2 Geman-McClure with 2c,
 * −Infinity Welsch with √2·c; Infinity is `exp((r/c)²/2) − 1`. Below 1 it is redescending.
 *
 * A number α gives exactly these; a tensor α is smooth across them, and may be learned.
 *
 * @throws {ConfigError} if a number α is NaN or a number c isn't finite and above 0; {ShapeError}, on use, if α or c is neither one number nor
 *   one per sample.
 * @see Barron (2019), https://arxiv.org/abs/1701.03077, eq. 8 and 9
 */
export function barron({ alpha = 1, scale = 1 }: BarronOptions = {}): RobustFunction {
  if (typeof alpha !== 'number') {
    if (typeof scale === 'number') assertPositive('barron: scale', scale);
    return barronOfTensor(alpha, scale);
  }
  if (Number.isNaN(alpha)) throw new ConfigError('barron: alpha is NaN; it must be from -Infinity to Infinity');
  return byScale('barron: scale', shapeOf(alpha), scale, 0);
}

function shapeOf(given: number): Shape {
  const alpha = Math.abs(given) > LARGEST_ALPHA ? given * Number.POSITIVE_INFINITY : Math.fround(given);
  if (alpha === 2) return PARABOLA;
  if (Math.abs(alpha) === Number.POSITIVE_INFINITY) {
    const sign = Math.sign(alpha);
    const grown = (u: Tensor) => exp(mul(sign * 0.5, square(u)));
    const value = (u: Tensor) => {
      const v = minimum(mul(0.5, square(u)), LARGEST_EXPONENT);
      return mul(v, phi(mul(sign, v)));
    };
    return { value, slope: (u) => mul(u, grown(u)), weight: grown };
  }
  const b = Math.abs(alpha - 2);
  const logBase = (u: Tensor) => mul(2, logHypotenuse(div(u, Math.sqrt(b)))); // ln(u²/b + 1)
  const weight = (u: Tensor) => exp(mul(alpha / 2 - 1, logBase(u)));
  return {
    value: (u) => {
      const l = logBase(u);
      return mul(b / 2, mul(l, phi(mul(alpha / 2, l)))); // eq. 8, rearranged so that nothing is divided by α
    },
    slope: (u) => mul(u, weight(u)),
    weight,
  };
}

/**
 * Mean of Barron's general penalty of `prediction − target`: `(b/α)(((r/c)²/b + 1)^(α/2) − 1)` with `b = |α − 2|`, and its limits where that
 * is undefined.
 *
 * The smaller α, the less a far residual pulls: at 2 it pulls in proportion to its size, at 1 with the same force as any other far one, below 1
 * the less the farther it is. Unlike the other losses, this one isn't multiplied by c².
 *
 * @see Barron (2019), https://arxiv.org/abs/1701.03077, eq. 8 and 9; `adaptiveLoss` learns α and c
 */
export const barronLoss = /* @__PURE__ */ elementWiseLoss('barronLoss', barron);
