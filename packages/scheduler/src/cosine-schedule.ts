import { assertPositiveInteger, ConfigError, type NoiseSchedule } from '@rddpm/core';
import { BETA_RANGE_DEFAULTS } from './beta-range.ts';
import { scheduleOf } from './schedule-of.ts';

/** The default offset. */
export const COSINE_OFFSET = 0.008;

export type CosineScheduleOptions = {
  /** How many timesteps there are, at least 1. @defaultValue 1000 */
  readonly steps?: number;
  /** Keeps β from vanishing near t = 0; at least 0. @defaultValue 0.008 */
  readonly offset?: number;
};

const LARGEST_BETA = 0.999;

/**
 * ᾱ falling like a squared cosine, which leaves more of the image in the middle steps than the linear schedule does. β is clipped at
 * 0.999, and ᾱ is the product of the clipped ones.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Nichol, Dhariwal (2021), https://arxiv.org/abs/2102.09672, eq. 17
 */
export function cosineSchedule({ steps = BETA_RANGE_DEFAULTS.steps, offset = COSINE_OFFSET }: CosineScheduleOptions = {}): NoiseSchedule {
  assertPositiveInteger('cosineSchedule: steps', steps);
  if (!(Number.isFinite(offset) && offset >= 0))
    throw new ConfigError(`cosineSchedule: offset is ${offset}; it must be a number of at least 0`);
  const signal = (t: number) => Math.cos(((t / steps + offset) / (1 + offset)) * (Math.PI / 2)) ** 2;
  return scheduleOf(
    'cosineSchedule',
    Float64Array.from({ length: steps }, (_, t) => Math.min(1 - signal(t + 1) / signal(t), LARGEST_BETA)),
  );
}
