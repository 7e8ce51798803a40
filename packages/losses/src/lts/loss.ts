import { div, less, type Scalar, sub, sum, type Tensor, type Tensor1D, tidy, where } from '@tensorflow/tfjs-core';
import { assertBatch } from '../batch.ts';
import { detached } from '../detached.ts';
import { ranks } from '../ranks.ts';
import { perSampleMean } from '../reduction.ts';
import { assertKeep, type Keep, keptCount } from '../trimmed/keep.ts';
import { type Penalty, squaredError } from '../trimmed/penalty.ts';

export type LtsOptions = {
  /** The share of the samples that counts, in (0, 1]; a scalar may change from step to step. @defaultValue 0.8 */
  readonly keep?: Keep;
  /** What a sample's loss is the mean of, for example `huber({ delta: 0.2 }).rho`. @defaultValue the squared error */
  readonly penalty?: Penalty;
};

/**
 * Least trimmed squares: the mean squared error of the `max(1, ⌊keep · batch + 1e-9⌋)` samples that fit best; of equal ones, the first.
 *
 * Whole samples are trimmed, not pixels, on the expectation that contaminated images fit worst. The choice of samples carries no gradient.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or hold no sample; {ConfigError} unless a number `keep` is in (0, 1].
 * @see Rousseeuw (1984), https://doi.org/10.1080/01621459.1984.10477105
 */
export function ltsLoss(prediction: Tensor, target: Tensor, { keep = 0.8, penalty = squaredError }: LtsOptions = {}): Scalar {
  assertBatch('ltsLoss', prediction, target);
  assertKeep('ltsLoss', keep);
  return tidy(() => meanOfBest(perSampleMean(penalty(sub(prediction, target))), keep));
}

/** The mean of the `keep` smallest losses, or of the losses where `scores` are smallest; of equal ones, the first. */
export function meanOfBest(losses: Tensor1D, keep: Keep, scores = losses): Scalar {
  const kept = keptCount(keep, losses.size);
  const isKept = detached(() => less(ranks(scores), kept));
  return div(sum(where(isKept, losses, 0)), kept); // not a product: a trimmed loss may be infinite
}
