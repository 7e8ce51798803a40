import { assertPositiveInteger, ConfigError, type NoiseSchedule } from '@rddpm/core';
import { scheduleOf } from './schedule-of.ts';

export type LinearScheduleOptions = {
  /** @defaultValue 1000 */
  readonly steps?: number;
  /** β at t = 0, in (0, 1). @defaultValue 1e-4 */
  readonly betaStart?: number;
  /** β at the last t, from `betaStart` up to 1, exclusive. @defaultValue 0.02 */
  readonly betaEnd?: number;
};

/**
 * β growing linearly from `betaStart` to `betaEnd`.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, section 4
 */
export function linearSchedule({ steps = 1000, betaStart = 1e-4, betaEnd = 0.02 }: LinearScheduleOptions = {}): NoiseSchedule {
  assertPositiveInteger('linearSchedule: steps', steps);
  if (!(betaStart > 0 && betaStart < 1)) throw new ConfigError(`linearSchedule: betaStart is ${betaStart}; it must be between 0 and 1`);
  if (!(betaEnd >= betaStart && betaEnd < 1)) {
    throw new ConfigError(`linearSchedule: betaEnd is ${betaEnd}; it must be at least betaStart, ${betaStart}, and below 1`);
  }
  const slope = steps > 1 ? (betaEnd - betaStart) / (steps - 1) : 0;
  return scheduleOf(Float64Array.from({ length: steps }, (_, t) => betaStart + slope * t));
}
