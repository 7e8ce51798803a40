import type { NoiseSchedule } from '@rddpm/core';
import { type BetaRange, linspace, resolveBetaRange } from './beta-range.ts';
import { scheduleOf } from './schedule-of.ts';

export type SigmoidScheduleOptions = BetaRange;

const REACH = 6; // the sigmoid's argument runs from -6 to 6

/**
 * β growing from `betaStart` to `betaEnd` like a sigmoid: slowly at both ends. It stays a fraction of 0.0025 of the range away from them.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Xu et al. (2022), GeoDiff, https://arxiv.org/abs/2203.02923; diffusers' `sigmoid`
 */
export function sigmoidSchedule(options: SigmoidScheduleOptions = {}): NoiseSchedule {
  const { steps, betaStart, betaEnd } = resolveBetaRange('sigmoidSchedule', options);
  const betas = linspace(-REACH, REACH, steps).map((x) => (betaEnd - betaStart) / (1 + Math.exp(-x)) + betaStart);
  return scheduleOf('sigmoidSchedule', betas);
}
