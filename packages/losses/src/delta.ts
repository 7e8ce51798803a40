import { ConfigError } from '@rddpm/core';
import { absolute } from './absolute.ts';
import type { PerSample } from './per-sample.ts';
import type { RobustFunction } from './robust-function.ts';
import { squared } from './squared.ts';

export type DeltaOptions = {
  /** Where the penalty turns from quadratic to linear, in units of the residual; one number or one per sample. @defaultValue 1 */
  readonly delta?: PerSample;
};

/**
 * The function that a delta of 0 or Infinity stands for, |r| or r²/2; the formulas themselves vanish at one of them or are NaN.
 *
 * @throws {ConfigError} unless a number `delta` is 0 or above.
 */
export function limitOf(what: string, delta: PerSample): RobustFunction | undefined {
  if (typeof delta !== 'number') return undefined;
  if (!(delta >= 0)) throw new ConfigError(`${what} is ${delta}; it must be 0 or above`);
  if (delta === 0) return absolute();
  return delta === Number.POSITIVE_INFINITY ? squared() : undefined;
}
