import { byDelta, type DeltaOptions } from '../element-wise/by-delta.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import { HUBER } from '../huber/loss.ts';

export type SmoothL1Options = DeltaOptions;

/**
 * Huber's function divided by δ: `r²/(2δ)` for `|r| ≤ δ`, else `|r| − δ/2`. So a far residual's pull is 1 at any δ. A δ of 0 means |r|, the
 * limit of the formula; Infinity means r²/2, the limit of the formula times δ.
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
 * A residual beyond δ pulls with the force 1, whatever δ is. A δ of 0 means the absolute error, the limit of the
 * formula; Infinity means half the squared error, the limit of the formula times δ.
 *
 * δ is 1 by default, as in PyTorch; `createLoss({ name: 'smooth-l1' })` of `@rddpm/losses/config` takes 0.2.
 *
 * @see Girshick (2015), https://arxiv.org/abs/1504.08083, eq. 3
 */
export const smoothL1Loss = /* @__PURE__ */ elementWiseLoss('smoothL1Loss', smoothL1);
