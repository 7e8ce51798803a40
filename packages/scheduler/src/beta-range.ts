import { assertPositiveInteger, ConfigError, definedFields } from '@rddpm/core';

/** The defaults of all schedules that have a range of betas. */
export const BETA_RANGE_DEFAULTS = { steps: 1000, betaStart: 1e-4, betaEnd: 0.02 } as const;

export type BetaRange = {
  /** How many timesteps there are, at least 1. @defaultValue 1000 */
  readonly steps?: number;
  /** β at t = 0, in (0, 1). @defaultValue 1e-4 */
  readonly betaStart?: number;
  /** β at the last t, from `betaStart` up to 1, exclusive. @defaultValue 0.02 */
  readonly betaEnd?: number;
};

/** Fills in defaults. @throws {ConfigError} naming the option that is out of range. */
export function resolveBetaRange(where: string, range: BetaRange): Required<BetaRange> {
  const { steps, betaStart, betaEnd }: Required<BetaRange> = { ...BETA_RANGE_DEFAULTS, ...definedFields(range) };
  assertPositiveInteger(`${where}: steps`, steps);
  if (!(betaStart > 0 && betaStart < 1)) throw new ConfigError(`${where}: betaStart is ${betaStart}; it must be between 0 and 1`);
  if (!(betaEnd >= betaStart && betaEnd < 1)) {
    throw new ConfigError(`${where}: betaEnd is ${betaEnd}; it must be at least betaStart, ${betaStart}, and below 1`);
  }
  return { steps, betaStart, betaEnd };
}

/** From `start` to `end` in equal strides; `start` alone where there is one. */
export function linspace(start: number, end: number, steps: number): Float64Array {
  const slope = steps > 1 ? (end - start) / (steps - 1) : 0;
  return Float64Array.from({ length: steps }, (_, t) => start + slope * t);
}
