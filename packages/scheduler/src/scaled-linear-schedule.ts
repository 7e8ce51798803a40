import type { NoiseSchedule } from '@rddpm/core';
import { type BetaRange, linspace, resolveBetaRange } from './beta-range.ts';
import { scheduleOf } from './schedule-of.ts';

export type ScaledLinearScheduleOptions = BetaRange;

/**
 * √β growing linearly from `√betaStart` to `√betaEnd`: the latent diffusion models' schedule.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Rombach et al. (2022), https://arxiv.org/abs/2112.10752; diffusers' `scaled_linear`
 */
export function scaledLinearSchedule(options: ScaledLinearScheduleOptions = {}): NoiseSchedule {
  const { steps, betaStart, betaEnd } = resolveBetaRange('scaledLinearSchedule', options);
  const roots = linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), steps);
  return scheduleOf(
    'scaledLinearSchedule',
    roots.map((root) => root ** 2),
  );
}
