import { cast, equal, expandDims, type Tensor1D, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';

/** [n] -> [n, k]: row i is 1 at column index[i] and 0 elsewhere. TensorFlow.js' oneHot() refuses k = 1. */
export function oneHotRows(index: Tensor1D, k: number): Tensor2D {
  const columns = tensor2d(
    Float32Array.from({ length: k }, (_, column) => column),
    [1, k],
  );
  return cast(equal(expandDims(cast(index, 'float32'), 1), columns), 'float32');
}
