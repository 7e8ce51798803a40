import { ConfigError, type NoiseSchedule, type Sampler } from '@rddpm/core';
import { linearSampler, type SamplerOptions } from './linear-sampler.ts';

export type DdimSamplerOptions = SamplerOptions & {
  /** From 0, deterministic, to 1, as noisy as ancestral sampling. @defaultValue 0 */
  readonly eta?: number;
};

/**
 * Implicit sampling: few long strides instead of many short ones. Where x0 is clipped, the noise that the prediction implies is not computed
 * anew from it, as in diffusers by default.
 *
 * @throws {ConfigError} naming the option that is out of range; `coefficients` throws it unless -1 ≤ tPrev < t < `schedule.steps`, and for
 *   predicted noise where ᾱ is 0.
 * @see Song et al. (2020), https://arxiv.org/abs/2010.02502, eq. 12 and 16
 */
export function ddimSampler(schedule: NoiseSchedule, { eta = 0, ...options }: DdimSamplerOptions = {}): Sampler {
  if (!(eta >= 0 && eta <= 1)) throw new ConfigError(`ddimSampler: eta is ${eta}; it must be between 0 and 1`);
  return linearSampler({
    where: 'ddimSampler',
    schedule,
    options,
    parts: eta > 0 ? ['impliedNoise', 'noise'] : ['impliedNoise'],
    mixture({ alpha, alphaPrev }) {
      const sigma = eta * Math.sqrt(((1 - alphaPrev) / (1 - alpha)) * (1 - alpha / alphaPrev)); // eq. 16
      return {
        x0: Math.sqrt(alphaPrev), // eq. 12, first term
        impliedNoise: Math.sqrt(Math.max(0, 1 - alphaPrev - sigma ** 2)), // eq. 12, the direction pointing to x_t
        noise: sigma, // eq. 12, random noise
      };
    },
  });
}
