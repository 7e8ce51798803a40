import { clipByValue, log, type Tensor1D } from '@tensorflow/tfjs-core';

/** ln of errors; errors that are 0 or have overflowed are clipped first, so that it is finite. */
export const logError = (errors: Tensor1D): Tensor1D => log(clipByValue(errors, 1e-37, 1e38));
