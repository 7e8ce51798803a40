import { ConfigError, type NoiseSchedule, type Sampler } from '@rddpm/core';
import { linearSampler } from './linear-sampler.ts';

export type DdpmSamplerOptions = {
  /** The reverse step's variance: the posterior's, β̃ (`'fixed_small'`), or the forward step's, β. @defaultValue 'fixed_small' */
  readonly variance?: 'fixed_small' | 'fixed_large';
  /** Clips the predicted x0 to [-1, 1]. @defaultValue true */
  readonly clip?: boolean;
};

/**
 * Ancestral sampling: the mean of q(x_tPrev | x_t, x0) plus noise. With strides, as with a schedule of the visited timesteps only.
 *
 * @throws {ConfigError} if `variance` is neither; `coefficients` throws it unless -1 ≤ tPrev < t < `schedule.steps`.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, algorithm 2 and eq. 7
 */
export function ddpmSampler(schedule: NoiseSchedule, { variance = 'fixed_small', clip = true }: DdpmSamplerOptions = {}): Sampler {
  if (variance !== 'fixed_small' && variance !== 'fixed_large') {
    throw new ConfigError(`ddpmSampler: variance is '${variance}'; it must be one of fixed_small, fixed_large`);
  }
  return linearSampler({
    where: 'ddpmSampler',
    schedule,
    clip,
    direction: 'xt',
    mixture(alphaCumprod, alphaCumprodPrev) {
      const alpha = alphaCumprod / alphaCumprodPrev; // of the whole stride
      const beta = 1 - alpha;
      const kept = (1 - alphaCumprodPrev) / (1 - alphaCumprod);
      return {
        x0: (Math.sqrt(alphaCumprodPrev) * beta) / (1 - alphaCumprod),
        direction: Math.sqrt(alpha) * kept,
        noise: Math.sqrt(variance === 'fixed_small' ? kept * beta : beta),
      };
    },
  });
}
