import { assertOneOf, type NoiseSchedule, type Sampler } from '@rddpm/core';
import { linearSampler, type SamplerOptions } from './linear-sampler.ts';

export const VARIANCES = ['fixed_small', 'fixed_large'] as const;

export type DdpmSamplerOptions = SamplerOptions & {
  /** The reverse step's variance: the posterior's, β̃ (`'fixed_small'`), or the forward step's, β. @defaultValue 'fixed_small' */
  readonly variance?: (typeof VARIANCES)[number];
};

/**
 * Ancestral sampling: the mean of q(x_tPrev | x_t, x0) plus noise. With strides, as with a schedule of the visited timesteps only.
 *
 * guided-diffusion, and AnoDDPM after it, put β̃_1 in the place of the variance at t = 0, whose logarithm may not exist. That is the last
 * step, which adds no noise: their chains are these. diffusers leaves out the noise at t = 0 only, so its chains that end at another t,
 * of trailing timesteps or leading ones with an offset, differ in their last step.
 *
 * @throws {ConfigError} naming the option that is none; `coefficients` throws it unless -1 ≤ tPrev < t < `schedule.steps`, and for
 *   predicted noise where ᾱ is 0.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, algorithm 2 and eq. 7
 */
export function ddpmSampler(schedule: NoiseSchedule, { variance = 'fixed_small', ...options }: DdpmSamplerOptions = {}): Sampler {
  assertOneOf('ddpmSampler: variance', variance, VARIANCES);
  return linearSampler({
    where: 'ddpmSampler',
    schedule,
    options,
    parts: ['xt', 'noise'],
    mixture({ alpha: alphaCumprod, alphaPrev }) {
      const alpha = alphaCumprod / alphaPrev; // of the whole stride
      const beta = 1 - alpha;
      const kept = (1 - alphaPrev) / (1 - alphaCumprod);
      return {
        x0: (Math.sqrt(alphaPrev) * beta) / (1 - alphaCumprod),
        xt: Math.sqrt(alpha) * kept,
        noise: Math.sqrt(variance === 'fixed_small' ? kept * beta : beta),
      };
    },
  });
}
