import { assertOneOf, type NoiseSchedule, type Sampler } from '@rddpm/core';
import { linearSampler, type SamplerOptions } from './linear-sampler.ts';

export const VARIANCES = ['fixed_small', 'fixed_large'] as const;

export type DdpmSamplerOptions = SamplerOptions & {
  /** The reverse step's variance: the posterior's, β̃ (`'fixed_small'`), or the forward step's, β. @defaultValue 'fixed_small' */
  readonly variance?: (typeof VARIANCES)[number];
};

/**
 * Ancestral sampling: the mean of q(x_tPrev | x_t, x0) plus noise. A chain that skips timesteps is that of a schedule which has only the visited ones.
 *
 * The chains are those of guided-diffusion and AnoDDPM: they replace the variance at t = 0, whose logarithm may not exist, by β̃_1, but that
 * step is the last and adds no noise. diffusers leaves out the noise at t = 0 only. So its chains that end at another t (trailing timesteps, or
 * leading ones with an offset) differ from these in their last step.
 *
 * @throws {ConfigError} for a variance that doesn't exist; `coefficients` throws it unless -1 ≤ tPrev < t < `schedule.steps`, and for
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
      const alpha = alphaCumprod / alphaPrev; // α_t, and β_t below, of the whole stride from t to tPrev
      const beta = 1 - alpha;
      const varianceRatio = (1 - alphaPrev) / (1 - alphaCumprod);
      return {
        x0: (Math.sqrt(alphaPrev) * beta) / (1 - alphaCumprod), // eq. 7, μ̃: the factor of x0
        xt: Math.sqrt(alpha) * varianceRatio, // eq. 7, μ̃: the factor of x_t
        noise: Math.sqrt(variance === 'fixed_small' ? varianceRatio * beta : beta), // eq. 7, β̃; or β, section 3.2
      };
    },
  });
}
