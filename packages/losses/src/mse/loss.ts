import type { LossContext } from '@rddpm/core';
import { mul, onesLike, type Scalar, square, type Tensor } from '@tensorflow/tfjs-core';
import { elementWise, type Reducible } from '../element-wise/element-wise.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Reduced, Reduction } from '../reduction.ts';

/** r²/2: a residual pulls in proportion to its size. `mseLoss` is the mean of twice this. */
export function squared(): RobustFunction {
  return { rho: (residual) => mul(0.5, square(residual)), psi: (residual) => mul(1, residual), weight: onesLike };
}

/**
 * Mean squared error: the loss of plain denoising diffusion.
 *
 * A residual pulls in proportion to its size, so a few contaminated images can dominate a step.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty; {ConfigError} for an unknown reduction.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, eq. 14
 */
export function mseLoss(prediction: Tensor, target: Tensor, context?: LossContext): Scalar; // so that mseLoss itself is a `Loss`
export function mseLoss<R extends Reduction = 'mean'>(prediction: Tensor, target: Tensor, options?: Reducible<R>): Reduced<R>;
export function mseLoss(prediction: Tensor, target: Tensor, options: Reducible | LossContext = {}): Reduced<Reduction> {
  return elementWise('mseLoss', prediction, target, { rho: square }, 'reduction' in options ? options.reduction : 'mean');
}
