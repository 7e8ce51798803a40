import { ConfigError } from '@rddpm/core';
import { absolute } from '../l1/loss.ts';
import { squared } from '../mse/loss.ts';
import type { PerSample } from '../scales/per-sample.ts';
import type { RobustFunction } from './robust-function.ts';
import { type Shape, scaled } from './scaled.ts';

export type DeltaOptions = {
  /** δ: where the penalty turns from quadratic to linear, in units of the residual; one number or one per sample. @defaultValue 1 */
  readonly delta?: PerSample;
};

/**
 * `scaled` by a `delta` that is checked first. A delta of 0 gives |r| and Infinity gives r²/2: there the formulas themselves would be 0 or NaN.
 *
 * @throws {ConfigError} unless a number `delta` is 0 or above; {ShapeError}, on use, if it is a tensor of another shape than [] or [batch].
 */
export function byDelta(what: string, shape: Shape, delta: PerSample, power?: 1): RobustFunction {
  if (typeof delta === 'number') {
    if (!(delta >= 0)) throw new ConfigError(`${what} is ${delta}; it must be 0 or above`);
    if (delta === 0) return absolute();
    if (delta === Number.POSITIVE_INFINITY) return squared();
  }
  return scaled(what, shape, delta, power);
}
