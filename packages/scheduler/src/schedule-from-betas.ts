import { ConfigError, type NoiseSchedule } from '@rddpm/core';
import { scheduleOf } from './schedule-of.ts';

/**
 * The schedule of any list of β, such as diffusers' `trained_betas`.
 *
 * @param betas One per timestep, above 0 and below 1; the last may be 1.
 * @throws {ConfigError} naming the first β that is out of range, or if there is none.
 */
export function scheduleFromBetas(betas: ArrayLike<number>): NoiseSchedule {
  if (betas.length === 0) throw new ConfigError('scheduleFromBetas: betas is empty; it must hold at least one');
  return scheduleOf('scheduleFromBetas', Float64Array.from(betas));
}
