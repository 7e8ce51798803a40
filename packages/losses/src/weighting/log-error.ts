import { clipByValue, log, type Tensor1D } from '@tensorflow/tfjs-core';

/** ln of errors, finite for those that are 0 or overflowed. */
export const logError = (errors: Tensor1D): Tensor1D => log(clipByValue(errors, 1e-37, 1e38));
