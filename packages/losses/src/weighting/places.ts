import { cast, equal, expandDims, type Tensor1D, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';

/** [n] -> [n, k], 1 at each one's place and 0 elsewhere. Not oneHot(), which wants two places at least. */
export function placesOf(index: Tensor1D, k: number): Tensor2D {
  const all = tensor2d(
    Float32Array.from({ length: k }, (_, place) => place),
    [1, k],
  );
  return cast(equal(expandDims(cast(index, 'float32'), 1), all), 'float32');
}
