import { ConfigError, type NoiseSchedule, type Sampler } from '@rddpm/core';
import { linearSampler, type SamplerOptions } from './linear-sampler.ts';

export type DdimInversionOptions = Omit<SamplerOptions, 'thresholding'>;

/**
 * DDIM run backwards, a deterministic way to noise an image: the noise that the network itself sees in it. One step leads from `tPrev`, -1 for
 * the clean image, up to `t`, where the network is asked: `xt` is the image at `tPrev`, and `xPrev` the one at `t`. Walk the timesteps upwards.
 *
 * @throws {ConfigError} naming the option that is out of range; `coefficients` throws it unless -1 ≤ tPrev < t < `schedule.steps`, and where
 *   the prediction implies no noise or no x0: a predicted x0 at the clean image, predicted noise where ᾱ is 0.
 * @see Song et al. (2020), https://arxiv.org/abs/2010.02502, section 4.3; diffusers' `DDIMInverseScheduler`
 */
export function ddimInversion(schedule: NoiseSchedule, options: DdimInversionOptions = {}): Sampler {
  return linearSampler({
    where: 'ddimInversion',
    schedule,
    options,
    parts: ['impliedNoise'],
    upwards: true,
    mixture({ alpha, alphaPrev }) {
      if (options.prediction === 'sample' && alpha === 1) {
        throw new ConfigError(
          "ddimInversion.coefficients: prediction is 'sample', which implies no noise at the clean image (tPrev = -1); it must be 'epsilon' or " +
            "'v_prediction'",
        );
      }
      return { x0: Math.sqrt(alphaPrev), impliedNoise: Math.sqrt(1 - alphaPrev) };
    },
  });
}
