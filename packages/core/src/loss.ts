import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Weights } from './network.ts';

/** What a loss may know besides prediction and target. */
export type LossContext = {
  /** [n] int32, 0-based timesteps. */
  readonly t: Tensor1D;
  /** [n], the noise-to-signal ratio sqrt((1 - ᾱ_t) / ᾱ_t). */
  readonly sigma: Tensor1D;
  /** [n] int32, rows in the training set. */
  readonly index: Tensor1D;
  /** float32, 0-based training step. */
  readonly step: Scalar;
};

/** Prediction and target have one shape, samples along the first axis. */
export type Loss = (prediction: Tensor, target: Tensor, context: LossContext) => Scalar;

/** What a stateful loss knows: running scales or trust per image in `state`, parameters that are trained with the network's in `learned`. */
export type LossMemory = { readonly state: Weights; readonly learned: Weights };

/** A loss with memory or learnable parameters: state goes in and comes out, as all else in a compiled step. Pure. */
export interface StatefulLoss {
  /** What it knows before the first step. `images` is how many rows the training set has. The caller disposes the result. */
  init(images: number): LossMemory;
  /** The new `state` has the names and shapes of `memory.state`, and carries no gradient. */
  apply(prediction: Tensor, target: Tensor, context: LossContext, memory: LossMemory): { readonly loss: Scalar; readonly state: Weights };
}
