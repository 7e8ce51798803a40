import { assertSameShape } from '@rddpm/core';
import { mean, type Scalar, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * Mean squared error: the loss of plain denoising diffusion.
 *
 * A residual pulls in proportion to its size, so a few contaminated images can dominate a step.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, eq. 14
 */
export function mseLoss(prediction: Tensor, target: Tensor): Scalar {
  assertSameShape('mseLoss', prediction, target, ['prediction', 'target']);
  return tidy(() => mean(square(sub(prediction, target))));
}
