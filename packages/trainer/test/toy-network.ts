import type { DenoisingNetwork, Loss } from '@rddpm/core';
import {
  add,
  cast,
  matMul,
  mean,
  mul,
  reshape,
  square,
  sub,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';

/** Channels mixed pixel by pixel, times a gain that is linear in t: three parameters of three shapes, fast on any backend. */
export function toyNetwork(channels: number): DenoisingNetwork {
  return {
    init: (rng) => ({
      'mix.weight': tensor2d(rng.fork('mix').normal(new Float32Array(channels ** 2)), [channels, channels]),
      'mix.bias': tensor1d(new Float32Array(channels)),
      slope: tensor1d([0]),
    }),
    predict(weights, x, t) {
      const [n, h, w, c] = x.shape;
      const mixed = add(matMul(reshape(x, [n * h * w, c]), weights['mix.weight'] as Tensor2D), weights['mix.bias'] as Tensor1D);
      const gain = add(1, mul(weights.slope as Tensor1D, mul(cast(t, 'float32'), 1e-3)));
      return mul(reshape(mixed, [n, h, w, c]), reshape(gain, [n, 1, 1, 1]));
    },
  };
}

export const squaredError: Loss = (prediction, target) => mean(square(sub(prediction, target)));
