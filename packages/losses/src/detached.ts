import { customGrad, type Tensor } from '@tensorflow/tfjs-core';

/**
 * What `compute` returns, as a constant: no gradient flows through it, and its operations may be ones that have no gradient.
 *
 * It runs as a function with a custom gradient and without arguments. So TensorFlow.js records nothing inside, and finds no path from the result
 * to an input.
 */
export function detached<T extends Tensor>(compute: () => T): T {
  return customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
