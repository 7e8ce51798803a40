import { abs, clipByValue, lessEqual, mul, type Scalar, sub, sum, type Tensor1D, where } from '@tensorflow/tfjs-core';
import { detached } from '../detached.ts';
import { ranks } from '../ranks.ts';

/**
 * The median of a batch's losses, a constant of the step, clipped to 1e-18 to 1e18 so that quotients by it are finite. Compares all with all,
 * which is fine for the number of samples that a batch has.
 */
export function medianLoss(losses: Tensor1D): Scalar {
  return detached(() => {
    const isMiddle = lessEqual(abs(sub(ranks(losses), (losses.size - 1) / 2)), 0.5); // one, or two of an even number
    return clipByValue(mul(sum(where(isMiddle, losses, 0)), losses.size % 2 === 0 ? 0.5 : 1), 1e-18, 1e18);
  });
}
