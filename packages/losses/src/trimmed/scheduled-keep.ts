import { assertPositiveInteger, assertShare } from '@rddpm/core';
import { add, minimum, mul, type Scalar, tidy } from '@tensorflow/tfjs-core';
import type { KeepSchedule } from './keep.ts';

/**
 * The share to keep at `step`: linear from `from` to `to` over `steps` steps, then `to`. Starting at 1 lets a network learn what is easy
 * before its errors decide which samples are trusted.
 *
 * @param step The training step, from 0: `context.step`. A tensor, so that one compiled step serves the whole training.
 * @throws {ConfigError} unless `from` and `to` are in (0, 1] and `steps` is a whole number of at least 1.
 */
export function scheduledKeep(step: Scalar, { from, to, steps }: KeepSchedule): Scalar {
  for (const [name, share] of Object.entries({ from, to })) assertShare(`scheduledKeep: ${name}`, share);
  assertPositiveInteger('scheduledKeep: steps', steps);
  return tidy(() => add(from, mul(to - from, minimum(1, mul(step, 1 / steps)))));
}
