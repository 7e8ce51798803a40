import { ConfigError, type NoiseSchedule } from '@rddpm/core';

/**
 * The schedule with √ᾱ shifted and stretched such that nothing is left of the image at the last t, and as much as before at the first. What
 * begins at the last t then begins at pure noise, as in training. Needs a network that predicts v or x0: noise alone says nothing about x0.
 *
 * @throws {ConfigError} if the schedule has a single step.
 * @see Lin et al. (2023), https://arxiv.org/abs/2305.08891, algorithm 1
 */
export function zeroTerminalSnr({ steps, alphasCumprod }: NoiseSchedule): NoiseSchedule {
  if (steps < 2) throw new ConfigError(`zeroTerminalSnr: schedule has ${steps} step; it must have at least 2, the first of which stays`);
  const roots = alphasCumprod.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots[steps - 1]!];
  const rescaled = roots.map((root) => ((root - last) * (first / (first - last))) ** 2);
  const betas = rescaled.map((alphaCumprod, t) => 1 - alphaCumprod / (t > 0 ? rescaled[t - 1]! : 1));
  return { steps, betas, alphasCumprod: rescaled };
}
