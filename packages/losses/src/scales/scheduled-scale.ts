import { assertPositive, assertPositiveInteger, type LossContext } from '@rddpm/core';
import { add, cast, div, exp, mul, square, type Tensor1D, tidy } from '@tensorflow/tfjs-core';

export type ScheduledScaleOptions = {
  /** What the scale falls to where only noise is left; above 0. Without noise it is 1. @defaultValue 0.1 */
  readonly end?: number;
};

/**
 * A scale for each sample by its noise: `(1 − end) / (1 + σ)² + end`, from 1 without noise down to `end` where σ is infinite. The number of
 * timesteps need not be known.
 *
 * @returns [n], for the `delta` or `scale` of a loss.
 * @throws {ConfigError} unless `end` is above 0.
 * @see The `snr` schedule of diffusers' training with scheduled Huber loss,
 *   https://github.com/huggingface/diffusers/tree/main/examples/research_projects/scheduled_huber_loss_training
 */
export function snrScale({ sigma }: Pick<LossContext, 'sigma'>, { end = 0.1 }: ScheduledScaleOptions = {}): Tensor1D {
  assertPositive('snrScale: end', end);
  return tidy(() => add(div(1 - end, square(add(1, sigma))), end));
}

/**
 * A scale for each sample by its timestep: `end^(t / timesteps)`, from 1 at t = 0 down to `end`.
 *
 * @param options.timesteps How many the noise schedule has. @defaultValue 1000
 * @returns [n], for the `delta` or `scale` of a loss.
 * @throws {ConfigError} unless `end` is above 0 and `timesteps` is a whole number of at least 1.
 * @see The `exponential` schedule of diffusers' training with scheduled Huber loss,
 *   https://github.com/huggingface/diffusers/tree/main/examples/research_projects/scheduled_huber_loss_training
 */
export function exponentialScale(
  { t }: Pick<LossContext, 't'>,
  { end = 0.1, timesteps = 1000 }: ScheduledScaleOptions & { readonly timesteps?: number } = {},
): Tensor1D {
  assertPositive('exponentialScale: end', end);
  assertPositiveInteger('exponentialScale: timesteps', timesteps);
  return tidy(() => exp(mul(cast(t, 'float32'), Math.log(end) / timesteps)));
}
