import type { LossContext } from '@rddpm/core';
import { type Scalar, square, type Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import { elementWise, type Reducible } from './element-wise.ts';

/**
 * Mean squared error: the loss of plain denoising diffusion.
 *
 * A residual pulls in proportion to its size, so a few contaminated images can dominate a step.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, eq. 14
 */
export function mseLoss(prediction: Tensor, target: Tensor, context?: LossContext): Scalar; // so it is a `Loss` as it stands
export function mseLoss<R extends Reduction = 'mean'>(prediction: Tensor, target: Tensor, options?: Reducible<R>): Reduced<R>;
export function mseLoss(prediction: Tensor, target: Tensor, options: Reducible | LossContext = {}): Reduced<Reduction> {
  return elementWise('mseLoss', prediction, target, { rho: square }, 'reduction' in options ? options.reduction : 'mean');
}
