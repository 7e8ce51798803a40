import { assertPositive } from '@rddpm/core';
import { add, customGrad, div, type GradSaveFunc, mul, square, sub, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { type PerSample, perSample } from './per-sample.ts';
import type { RobustFunction } from './robust-function.ts';

/** A robust function of u = r / c, before it is stretched to the scale c. */
export type Shape = {
  /** f(u) */
  readonly value: (u: Tensor) => Tensor;
  /** f′(u) */
  readonly slope: (u: Tensor) => Tensor;
  /** f′(u) / u, at 0 its limit */
  readonly weight: (u: Tensor) => Tensor;
  /** f(u) − u f′(u), where the difference would cancel */
  readonly intercept?: (u: Tensor) => Tensor;
};

/**
 * ρ(r) = cᵖ f(r / c); for p = 2 and an f(u) that is u²/2 near 0, it doesn't depend on c there.
 *
 * The gradients are the closed forms: cᵖ⁻¹ f′(u) by the residual, cᵖ⁻¹ (p f(u) − u f′(u)) by c. They stay right where single operations of
 * f overflow, and need no broadcast gradients, which TensorFlow.js lacks for minimum and maximum.
 *
 * @param what What errors call the scale, as in `'cauchy: scale'`.
 * @throws {ConfigError} unless a number `scale` is finite and above 0; {ShapeError}, on use, if it is neither one number nor one per sample.
 */
export function scaled(what: string, shape: Shape, scale: PerSample, power: 0 | 1 | 2 = 2): RobustFunction {
  if (typeof scale === 'number') assertPositive(what, scale);
  const scaleFor = (residual: Tensor) => (typeof scale === 'number' ? scale : perSample(what, scale, residual));
  return {
    rho: (residual) =>
      tidy(() => {
        const c = scaleFor(residual);
        return typeof c === 'number' ? fixed(shape, residual, c, power) : free(shape, residual, add(c, zerosLike(residual)), power);
      }),
    psi: (residual) =>
      tidy(() => {
        const c = scaleFor(residual);
        return timesPower(shape.slope(div(residual, c)), c, power - 1);
      }),
    weight: (residual) =>
      tidy(() => {
        const c = scaleFor(residual);
        return timesPower(shape.weight(div(residual, c)), c, power - 2);
      }),
  };
}

function fixed(shape: Shape, residual: Tensor, c: number, power: number): Tensor {
  return customGrad((r, save) => {
    (save as GradSaveFunc)([r as Tensor]);
    return {
      value: timesPower(shape.value(div(r as Tensor, c)), c, power),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, timesPower(shape.slope(div(saved[0]!, c)), c, power - 1)),
    };
  })(residual);
}

/** @param scales Shaped like `residual`. */
function free(shape: Shape, residual: Tensor, scales: Tensor, power: number): Tensor {
  return customGrad((r, c, save) => {
    (save as GradSaveFunc)([r as Tensor, c as Tensor]);
    return {
      value: timesPower(shape.value(div(r as Tensor, c as Tensor)), c as Tensor, power),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [r, c] = saved as [Tensor, Tensor];
        const u = div(r, c);
        const slope = shape.slope(u);
        const intercept = shape.intercept?.(u) ?? sub(shape.value(u), mul(u, slope));
        const byScale = add(intercept, mul(power - 1, shape.value(u)));
        return [slope, byScale].map((values) => mul(dy, timesPower(values, c, power - 1)));
      },
    };
  })(residual, scales);
}

/** cᵖ `values`, for p from −2 to 2. */
function timesPower(values: Tensor, c: number | Tensor, power: number): Tensor {
  if (power === 0) return values;
  if (typeof c === 'number') return mul(values, c ** power);
  const size = Math.abs(power) === 2 ? square(c) : c;
  return power > 0 ? mul(values, size) : div(values, size);
}
