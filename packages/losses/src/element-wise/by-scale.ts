import { assertPositive } from '@rddpm/core';
import type { PerSample } from '../scales/per-sample.ts';
import type { RobustFunction } from './robust-function.ts';
import { type Shape, scaled } from './scaled.ts';

/**
 * `scaled` by what a caller gave.
 *
 * @throws {ConfigError} unless a number `scale` is finite and above 0; {ShapeError}, on use, if it is neither one number nor one per sample.
 */
export function byScale(what: string, shape: Shape, scale: PerSample, power?: 0): RobustFunction {
  if (typeof scale === 'number') assertPositive(what, scale);
  return scaled(what, shape, scale, power);
}
