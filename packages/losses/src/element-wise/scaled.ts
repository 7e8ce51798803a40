import { add, customGrad, div, type GradSaveFunc, mul, sub, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { type PerSample, perSample } from '../scales/per-sample.ts';
import type { RobustFunction } from './robust-function.ts';

/** A robust function of u = r / c, before it is stretched to the scale c. */
export type Shape = {
  /** f(u) */
  readonly value: (u: Tensor) => Tensor;
  /** f′(u) */
  readonly slope: (u: Tensor) => Tensor;
  /** f′(u) / u, at 0 its limit */
  readonly weight: (u: Tensor) => Tensor;
  /** f(u) − u f′(u), for functions where that difference would lose digits */
  readonly intercept?: (u: Tensor) => Tensor;
};

/**
 * ρ(r) = cᵖ f(r / c); for p = 2 and an f(u) that is u²/2 near 0, ρ doesn't depend on c there.
 *
 * The gradients are the closed forms: cᵖ⁻¹ f′(u) by the residual, cᵖ⁻¹ (p f(u) − u f′(u)) by c. They stay right where single operations of
 * f overflow. They also do without the gradients of a broadcast minimum or maximum, which TensorFlow.js lacks.
 *
 * @param what What errors call the scale, as in `'cauchy: scale'`.
 * @param scale A number, not checked, is finite and above 0.
 * @throws {ShapeError} on use, if the scale is neither one number nor one per sample.
 */
export function scaled(what: string, shape: Shape, scale: PerSample, power: 0 | 1 | 2 = 2): RobustFunction {
  const scaleFor = (residual: Tensor) => (typeof scale === 'number' ? scale : perSample(what, scale, residual));
  const stretched = (curve: (u: Tensor) => Tensor, power: number) => (residual: Tensor) =>
    tidy(() => {
      const c = scaleFor(residual);
      return timesPower(curve(div(residual, c)), c, power);
    });
  return {
    rho: (residual) =>
      tidy(() => {
        const c = scaleFor(residual);
        return penalty(shape, power, typeof c === 'number' ? [residual] : [residual, add(c, zerosLike(residual))], c);
      }),
    psi: stretched(shape.slope, power - 1),
    weight: stretched(shape.weight, power - 2),
  };
}

/**
 * @param inputs What a gradient is wanted for: the residual, and scales of its shape unless the scale is a number.
 * @param scale The number, if it is one.
 */
function penalty(shape: Shape, power: number, inputs: Tensor[], scale: number | Tensor): Tensor {
  return customGrad((...given) => {
    const save = given.pop() as unknown as GradSaveFunc;
    const [r, c = scale] = given as [Tensor, Tensor?];
    save(given as Tensor[]);
    return {
      value: timesPower(shape.value(div(r, c)), c, power),
      gradFunc: (dy: Tensor, [r, c]: Tensor[]) => {
        const u = div(r!, c ?? scale);
        const slopes = [shape.slope(u)];
        if (c) {
          const value = shape.value(u);
          slopes.push(add(shape.intercept?.(u) ?? sub(value, mul(u, slopes[0]!)), mul(power - 1, value)));
        }
        return slopes.map((slope) => mul(dy, timesPower(slope, c ?? scale, power - 1)));
      },
    };
  })(...inputs);
}

/** cᵖ `values`, for p from −2 to 2. One factor after the other: in float32 c² may be 0 or infinite where the product isn't. */
function timesPower(values: Tensor, c: number | Tensor, power: number): Tensor {
  const times = power > 0 ? mul : div;
  let product = values;
  for (let factor = 0; factor < Math.abs(power); factor++) product = times(product, c);
  return product;
}
