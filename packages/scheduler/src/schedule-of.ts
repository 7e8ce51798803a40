import type { NoiseSchedule } from '@rddpm/core';

/** ᾱ is multiplied up in float64: at t = 999 float32 loses three digits. */
export function scheduleOf(betas: Float64Array): NoiseSchedule {
  const alphasCumprod = new Float64Array(betas.length);
  let product = 1;
  betas.forEach((beta, t) => {
    product *= 1 - beta;
    alphasCumprod[t] = product;
  });
  return { steps: betas.length, betas, alphasCumprod };
}
