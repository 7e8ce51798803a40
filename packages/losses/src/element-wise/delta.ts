import { ConfigError } from '@rddpm/core';
import type { PerSample } from '../scales/per-sample.ts';
import { absolute } from './absolute.ts';
import type { RobustFunction } from './robust-function.ts';
import { type Shape, scaled } from './scaled.ts';
import { squared } from './squared.ts';

export type DeltaOptions = {
  /** Where the penalty turns from quadratic to linear, in units of the residual; one number or one per sample. @defaultValue 1 */
  readonly delta?: PerSample;
};

/**
 * `scaled` by what a caller gave, where 0 stands for |r| and Infinity for r²/2; the formulas themselves vanish at one of them or are NaN.
 *
 * @throws {ConfigError} unless a number `delta` is 0 or above; {ShapeError}, on use, if it is neither one number nor one per sample.
 */
export function byDelta(what: string, shape: Shape, delta: PerSample, power?: 1): RobustFunction {
  if (typeof delta === 'number') {
    if (!(delta >= 0)) throw new ConfigError(`${what} is ${delta}; it must be 0 or above`);
    if (delta === 0) return absolute();
    if (delta === Number.POSITIVE_INFINITY) return squared();
  }
  return scaled(what, shape, delta, power);
}
