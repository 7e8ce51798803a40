import { type LossContext, ShapeError } from '@rddpm/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

/** The loss of each sample, [batch], not negative: what the weighting wrappers weigh. Losses have it as `reduction: 'per-sample'`. */
export type PerSampleLoss = (prediction: Tensor, target: Tensor, context: LossContext) => Tensor1D;

/** @throws {ShapeError} unless there is one loss for each sample, and one sample at least. */
export function assertPerSample(where: string, losses: Tensor1D, prediction: Tensor): void {
  const [batch = 0] = prediction.shape;
  if (batch > 0 && losses.rank === 1 && losses.shape[0] === batch) return;
  throw new ShapeError(
    `${where}: for a prediction [${prediction.shape}] the loss returned [${losses.shape}]; ` +
      `it must return one number for each sample (reduction 'per-sample') of a batch that isn't empty`,
  );
}
