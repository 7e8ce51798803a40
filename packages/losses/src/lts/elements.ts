import { type Scalar, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { assertBatch } from '../batch.ts';
import { assertKeep } from '../trimmed/keep.ts';
import { squaredError } from '../trimmed/penalty.ts';
import { trimmedMean } from '../trimmed/trimmed-mean.ts';
import type { LtsOptions } from './loss.ts';

/**
 * Least trimmed squares over elements: the mean of the `max(1, ⌊keep · size + 1e-9⌋)` smallest squared residuals of the whole batch. Residuals
 * that tie for the last places count in part. For defects of any shape that cover a few pixels.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @param options.keep The share of the elements that counts. @defaultValue 0.8
 * @throws {ShapeError} if the shapes differ or hold no sample; {ConfigError} unless a number `keep` is in (0, 1].
 * @see Rousseeuw (1984), https://doi.org/10.1080/01621459.1984.10477105
 */
export function elementLtsLoss(prediction: Tensor, target: Tensor, { keep = 0.8, penalty = squaredError }: LtsOptions = {}): Scalar {
  assertBatch('elementLtsLoss', prediction, target);
  assertKeep('elementLtsLoss', keep);
  return tidy(() => trimmedMean(penalty(sub(prediction, target)), keep));
}
