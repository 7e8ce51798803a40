import { add, cast, equal, less, mul, reshape, sum, type Tensor1D, tensor2d } from '@tensorflow/tfjs-core';

/** [n], how many values come before each one in ascending order. Equal values keep their order. A NaN has rank 0. */
export function ranks(values: Tensor1D): Tensor1D {
  const n = values.shape[0];
  const own = reshape(values, [n, 1]);
  const others = reshape(values, [1, n]);
  const earlier = tensor2d(
    Float32Array.from({ length: n * n }, (_, at) => (at % n < Math.floor(at / n) ? 1 : 0)),
    [n, n],
  );
  const tiedAndEarlier = mul(cast(equal(others, own), 'float32'), earlier);
  return sum(add(cast(less(others, own), 'float32'), tiedAndEarlier), 1);
}
