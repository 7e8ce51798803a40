import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Rng } from './rng.ts';

/** Parameters by dotted name, such as `'down_blocks.0.resnets.1.conv1.weight'`, in the shapes that PyTorch and diffusers give them. */
export type Weights = Readonly<Record<string, Tensor>>;

/** A network that predicts the noise, or what else a sampler's `prediction` names, without variables or hidden state. */
export interface DenoisingNetwork {
  /** Fresh weights; the same generator gives the same weights. The caller disposes them. */
  init(rng: Rng): Weights;
  /** `x` [n, h, w, c] in [-1, 1] plus noise, `t` [n] int32, 0-based: the prediction, shaped like `x`. */
  predict(weights: Weights, x: Tensor4D, t: Tensor1D): Tensor4D;
}
