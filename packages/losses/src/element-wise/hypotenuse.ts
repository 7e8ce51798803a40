import { abs, add, div, log, maximum, minimum, mul, sqrt, square, type Tensor } from '@tensorflow/tfjs-core';
import { powerSeries } from './power-series.ts';

// u² overflows float32 beyond 1.8e19. So both functions take the larger of 1 and |u| out of the root and the logarithm.

/** √(1 + u²) */
export function hypotenuse(u: Tensor): Tensor {
  const { longer, ratio } = sides(u);
  return mul(longer, sqrt(add(1, square(ratio))));
}

/**
 * ½ ln(1 + u²). With x = u² up to 1 that is artanh(x / (2 + x)), whose series has seven digits; on WebGPU TensorFlow.js' log1p(x) loses the
 * digits of a small x.
 */
export function logHypotenuse(u: Tensor): Tensor {
  const { longer, ratio } = sides(u);
  const x = square(ratio);
  const s = div(x, add(2, x));
  return add(log(longer), mul(s, powerSeries(square(s), [1, 1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11])));
}

function sides(u: Tensor): { longer: Tensor; ratio: Tensor } {
  const size = abs(u);
  const longer = maximum(size, 1);
  return { longer, ratio: div(minimum(size, 1), longer) };
}
