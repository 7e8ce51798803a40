import { customGrad, type Tensor } from '@tensorflow/tfjs-core';

/**
 * What `compute` returns, as a constant: no gradient flows through it, and none of its operations needs one.
 *
 * A function with a gradient of its own and without arguments: TensorFlow.js records nothing inside, and knows no way from here to an input.
 */
export function detached<T extends Tensor>(compute: () => T): T {
  return customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
