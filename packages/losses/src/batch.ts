import { assertSameShape, ShapeError } from '@rddpm/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** @throws {ShapeError} unless the shapes are the same, have a batch as their first axis, and hold at least one number. */
export function assertBatch(where: string, prediction: Tensor, target: Tensor): void {
  assertSameShape(where, prediction, target, ['prediction', 'target']);
  if (prediction.rank > 0 && prediction.size > 0) return;
  throw new ShapeError(`${where}: prediction is [${prediction.shape}]; it must be [batch, …] and not empty`);
}
