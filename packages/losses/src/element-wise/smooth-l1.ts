import type { Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import { byDelta, type DeltaOptions } from './delta.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import { HUBER } from './huber.ts';
import type { RobustFunction } from './robust-function.ts';

export type SmoothL1Options = DeltaOptions;

/**
 * Huber's function divided by δ: `r²/(2δ)` for `|r| ≤ δ`, else `|r| − δ/2`. So a far residual's pull is 1 at any δ. A δ of 0 means |r|, its
 * limit; Infinity means r²/2, which the formula times δ tends to.
 *
 * @throws {ConfigError} unless a number δ is 0 or above; {ShapeError}, on use, if δ is neither one number nor one per sample.
 * @see Girshick (2015), https://arxiv.org/abs/1504.08083, eq. 3; PyTorch calls δ beta
 */
export function smoothL1({ delta = 1 }: SmoothL1Options = {}): RobustFunction {
  return byDelta('smoothL1: delta', HUBER, delta, 1);
}

/**
 * Mean smooth L1 penalty: Huber's divided by δ, with `r = prediction − target`.
 *
 * A residual beyond δ pulls with the force 1, whatever δ is. A δ of 0 means the absolute error, its limit; Infinity means half the squared
 * error, which the formula times δ tends to (it vanishes itself). The values of a δ that is a tensor are not checked.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or δ is neither one number nor one per sample; {ConfigError} unless a number δ is
 *   0 or above.
 * @see Girshick (2015), https://arxiv.org/abs/1504.08083, eq. 3
 */
export function smoothL1Loss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: SmoothL1Options & Reducible<R> = {},
): Reduced<R> {
  return elementWise('smoothL1Loss', prediction, target, smoothL1(options), options.reduction);
}
