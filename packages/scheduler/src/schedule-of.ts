import { ConfigError, type NoiseSchedule } from '@rddpm/core';

/**
 * ᾱ is multiplied up in float64: at t = 999 float32 loses three digits.
 *
 * @throws {ConfigError} unless each β is above 0 and at most 1, and ᾱ above 0 before the last t.
 */
export function scheduleOf(where: string, betas: Float64Array): NoiseSchedule {
  const alphasCumprod = new Float64Array(betas.length);
  let product = 1;
  betas.forEach((beta, t) => {
    if (!(beta > 0 && beta <= 1)) throw new ConfigError(`${where}: β is ${beta} at t = ${t}; it must be above 0 and at most 1`);
    if (product === 0)
      throw new ConfigError(`${where}: nothing is left of the image at t = ${t - 1} already (ᾱ is 0); betas must be smaller`);
    product *= 1 - beta;
    alphasCumprod[t] = product;
  });
  return { steps: betas.length, betas, alphasCumprod };
}
