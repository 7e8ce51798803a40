import { assertPositive } from '@rddpm/core';
import type { PerSample } from '../scales/per-sample.ts';
import type { RobustFunction } from './robust-function.ts';
import { type Shape, scaled } from './scaled.ts';

/**
 * `scaled` by a `scale` that is checked first.
 *
 * @throws {ConfigError} unless a number `scale` is finite and above 0; {ShapeError}, on use, if it is a tensor of another shape than [] or [batch].
 */
export function byScale(what: string, shape: Shape, scale: PerSample, power?: 0): RobustFunction {
  if (typeof scale === 'number') assertPositive(what, scale);
  return scaled(what, shape, scale, power);
}
