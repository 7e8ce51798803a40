import { add, cast, div, equal, less, lessEqual, mul, type Scalar, sub, sum, type Tensor, where } from '@tensorflow/tfjs-core';
import { detached } from '../detached.ts';
import { kthSmallest } from '../quantile.ts';
import { type Keep, keptCount } from './keep.ts';

/**
 * The mean of the smallest `keep` of the values. Values that tie for the last places count in part, each the same, so that the
 * weights add up to the number asked for and the order doesn't matter.
 */
export function trimmedMean(values: Tensor, keep: Keep): Scalar {
  const kept = keptCount(keep, values.size);
  const largest = detached(() => kthSmallest(values, kept));
  const weights = detached(() => {
    const below = cast(less(values, largest), 'float32');
    const tied = cast(equal(values, largest), 'float32');
    return add(below, mul(tied, div(sub(kept, sum(below)), sum(tied))));
  });
  const isWithin = detached(() => lessEqual(values, largest));
  const finite = where(isWithin, values, largest); // a trimmed value that is infinite would make 0 · ∞
  return div(sum(mul(weights, finite)), kept);
}
