import type { DenoisingNetwork, NoiseSchedule } from '@rddpm/core';
import { div, gather, mul, reshape, sub, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core';

/**
 * The optimal network for a training set that is one image μ over and over: of x_t = √ᾱ μ + √(1 - ᾱ) ε it predicts
 * ε = (x_t - √ᾱ μ) / √(1 - ᾱ), whatever was noised. `weights.image` is μ [1, h, w, c] in [-1, 1].
 */
export function perfectDenoiser(schedule: NoiseSchedule): DenoisingNetwork {
  const tableOf = (of: (alphaCumprod: number) => number) => tensor1d(Float32Array.from(schedule.alphasCumprod, of));
  return {
    init: () => {
      throw new Error('a perfect network needs no training');
    },
    predict(weights, x, t) {
      const at = (of: (alphaCumprod: number) => number) => reshape(gather(tableOf(of), t), [-1, 1, 1, 1]);
      const signal = mul(at(Math.sqrt), weights.image as Tensor4D);
      return div(
        sub(x, signal),
        at((alphaCumprod) => Math.sqrt(1 - alphaCumprod)),
      );
    },
  };
}
