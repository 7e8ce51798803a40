import type { NoiseSchedule } from '@rddpm/core';
import { type BetaRange, linspace, resolveBetaRange } from './beta-range.ts';
import { scheduleOf } from './schedule-of.ts';

export type LinearScheduleOptions = BetaRange;

/**
 * β growing linearly from `betaStart` to `betaEnd`.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, section 4
 */
export function linearSchedule(options: LinearScheduleOptions = {}): NoiseSchedule {
  const { steps, betaStart, betaEnd } = resolveBetaRange('linearSchedule', options);
  return scheduleOf('linearSchedule', linspace(betaStart, betaEnd, steps));
}
