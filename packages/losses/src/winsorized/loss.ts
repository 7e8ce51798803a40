import { lessEqual, mean, type Scalar, sub, type Tensor, tidy, where } from '@tensorflow/tfjs-core';
import { assertBatch } from '../batch.ts';
import { detached } from '../detached.ts';
import type { LtsOptions } from '../lts/loss.ts';
import { kthSmallest } from '../quantile.ts';
import { assertKeep, keptCount } from '../trimmed/keep.ts';
import { squaredError } from '../trimmed/penalty.ts';

/**
 * The winsorised squared error: the mean of all squared residuals, those above the `max(1, ⌊keep · size + 1e-9⌋)`-th smallest of the batch
 * clamped to it.
 *
 * The limit is a constant of the step, so clamped residuals don't pull: the gradient is `keep` times that of `elementLtsLoss` (except for ties),
 * while the value still counts the trimmed residuals, at the limit. This isn't the winsorised mean of statistics, where clamped values pull as
 * hard as the limit: for that, take Huber's loss with `quantileScale`.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @param options.keep The share of the elements that isn't clamped. @defaultValue 0.8
 * @throws {ShapeError} if the shapes differ or hold no sample; {ConfigError} unless a number `keep` is in (0, 1].
 * @see Tukey (1962), https://doi.org/10.1214/aoms/1177704711, page 18, for winsorising
 */
export function winsorizedLoss(prediction: Tensor, target: Tensor, { keep = 0.8, penalty = squaredError }: LtsOptions = {}): Scalar {
  assertBatch('winsorizedLoss', prediction, target);
  assertKeep('winsorizedLoss', keep);
  return tidy(() => {
    const penalties = penalty(sub(prediction, target));
    const limit = detached(() => kthSmallest(penalties, keptCount(keep, penalties.size)));
    const isWithin = detached(() => lessEqual(penalties, limit));
    return mean(where(isWithin, penalties, limit));
  });
}
