import { abs, add, div, exp, less, minimum, mul, neg, square, sub, type Tensor, where } from '@tensorflow/tfjs-core';

/** c₀ + c₁ x + c₂ x² + …; a NaN stays. */
export function powerSeries(x: Tensor, coefficients: readonly number[]): Tensor {
  return coefficients.reduceRight<Tensor | number>((sum, c) => add(mul(x, sum), c), 0) as Tensor;
}

/** (eˣ − 1)/x; Times x it is expm1(x). TensorFlow.js' own expm1() is exp(x) − 1 on WebGPU, which loses digits, and doesn't always keep NaN. */
export function phi(x: Tensor): Tensor {
  return nearZero(x, PHI, (x) => div(sub(exp(x), 1), x));
}

/** 1 − exp(−v) for v ≥ 0, right also where float32 can't tell exp(−v) from 1. A NaN stays. Meant for closed forms: don't differentiate it. */
export function saturating(v: Tensor): Tensor {
  const bounded = minimum(v, FULL);
  return mul(bounded, phi(neg(bounded)));
}

/** From here on 1 − exp(−v) is 1. */
const FULL = 100;

/** The derivative of `phi`, (eˣ (x − 1) + 1)/x² */
export function phiSlope(x: Tensor): Tensor {
  return nearZero(x, PHI_SLOPE, (x) => div(add(mul(exp(x), sub(x, 1)), 1), square(x)));
}

/** For |x| below, nine terms of the power series reach the precision of float32; above, the quotients keep six digits. */
const NEAR = 0.5;
const PHI = /* @__PURE__ */ Array.from({ length: 9 }, (_, k) => 1 / factorial(k + 1));
const PHI_SLOPE = /* @__PURE__ */ Array.from({ length: 9 }, (_, k) => 1 / (factorial(k) * (k + 2)));

function nearZero(x: Tensor, series: readonly number[], elsewhere: (x: Tensor) => Tensor): Tensor {
  const near = less(abs(x), NEAR);
  return where(near, powerSeries(where(near, x, 0), series), elsewhere(where(near, 1, x)));
}

function factorial(k: number): number {
  return k === 0 ? 1 : k * factorial(k - 1);
}
