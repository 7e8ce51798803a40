import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';

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
