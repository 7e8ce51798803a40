import { abs, exp, lessEqual, mul, sub, type Tensor, where } from '@tensorflow/tfjs-core';
import { powerSeries } from './power-series.ts';

const SERIES = [1, 1 / 2, 1 / 6, 1 / 24];

/** From here on the difference keeps six digits, and below the series does. */
const FAR = 0.1;

/** eˣ − 1. Not TensorFlow.js' own, which on WebGPU is the bare difference, and where a GPU's exp() of NaN is infinite. */
export function expm1(x: Tensor): Tensor {
  return where(lessEqual(FAR, abs(x)), sub(exp(x), 1), mul(x, powerSeries(x, SERIES))); // a NaN isn't far
}
