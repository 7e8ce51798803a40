import { ConfigError, type NoiseSchedule, type Sampler } from '@rddpm/core';
import { linearSampler } from './linear-sampler.ts';

export type DdimSamplerOptions = {
  /** From 0, deterministic, to 1, as noisy as ancestral sampling. @defaultValue 0 */
  readonly eta?: number;
  /** Clips the predicted x0 to [-1, 1]; the predicted noise stays as it came, as in diffusers. @defaultValue true */
  readonly clip?: boolean;
};

/**
 * Implicit sampling: few long strides instead of many short ones.
 *
 * @throws {ConfigError} unless 0 ≤ η ≤ 1; `coefficients` throws it unless -1 ≤ tPrev < t < `schedule.steps`.
 * @see Song et al. (2020), https://arxiv.org/abs/2010.02502, eq. 12 and 16
 */
export function ddimSampler(schedule: NoiseSchedule, { eta = 0, clip = true }: DdimSamplerOptions = {}): Sampler {
  if (!(eta >= 0 && eta <= 1)) throw new ConfigError(`ddimSampler: eta is ${eta}; it must be between 0 and 1`);
  return linearSampler({
    where: 'ddimSampler',
    schedule,
    clip,
    direction: 'predictedNoise',
    mixture(alphaCumprod, alphaCumprodPrev) {
      const sigma = eta * Math.sqrt(((1 - alphaCumprodPrev) / (1 - alphaCumprod)) * (1 - alphaCumprod / alphaCumprodPrev));
      return { x0: Math.sqrt(alphaCumprodPrev), direction: Math.sqrt(1 - alphaCumprodPrev - sigma ** 2), noise: sigma };
    },
  });
}
