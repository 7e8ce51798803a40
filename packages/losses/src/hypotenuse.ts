import { abs, add, div, log, log1p, maximum, minimum, mul, sqrt, square, type Tensor } from '@tensorflow/tfjs-core';

// u² overflows float32 beyond 1.8e19. These take the larger of 1 and |u| out of the root and out of the logarithm.

/** √(1 + u²) */
export function hypotenuse(u: Tensor): Tensor {
  const { longer, ratio } = sides(u);
  return mul(longer, sqrt(add(1, square(ratio))));
}

/** ½ ln(1 + u²) */
export function logHypotenuse(u: Tensor): Tensor {
  const { longer, ratio } = sides(u);
  return add(log(longer), mul(0.5, log1p(square(ratio))));
}

function sides(u: Tensor): { longer: Tensor; ratio: Tensor } {
  const size = abs(u);
  const longer = maximum(size, 1);
  return { longer, ratio: div(minimum(size, 1), longer) };
}
