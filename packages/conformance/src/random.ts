import { createRng } from '@rddpm/core';
import { type Rank, type ShapeMap, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Standard normal numbers; the same seed gives the same ones. The caller disposes the tensor. */
export function random<R extends Rank>(shape: ShapeMap[R] & number[], seed: number | string = 0): Tensor<R> {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(createRng(`test ${seed}`).normal(new Float32Array(size)), shape) as Tensor<R>;
}
