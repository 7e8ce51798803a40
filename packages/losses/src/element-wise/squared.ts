import { mul, onesLike, square } from '@tensorflow/tfjs-core';
import type { RobustFunction } from './robust-function.ts';

/** r²/2: a residual pulls in proportion to its size. Twice of it is `mseLoss`. */
export function squared(): RobustFunction {
  return { rho: (residual) => mul(0.5, square(residual)), psi: (residual) => mul(1, residual), weight: onesLike };
}
