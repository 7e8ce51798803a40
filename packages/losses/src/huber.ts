import { assertPositive, assertSameShape, ShapeError } from '@rddpm/core';
import {
  abs,
  add,
  mean,
  mul,
  relu,
  reshape,
  type Scalar,
  scalar,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs-core';

export type HuberOptions = {
  /** Where the penalty turns linear, in units of the residual; one number or one per sample. @defaultValue 1 */
  readonly delta?: number | Scalar | Tensor1D;
};

/**
 * Mean Huber penalty: `r²/2` for `|r| ≤ δ`, else `δ(|r| − δ/2)`, with `r = prediction − target`.
 *
 * A residual beyond δ pulls with constant force, so a few contaminated images can't dominate a step. A δ that is a tensor may change from
 * step to step; its values are not checked, as a compiled graph can't throw.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ, or δ is neither one number nor one per sample; {ConfigError} unless a number δ is above 0.
 * @see Huber (1964), https://doi.org/10.1214/aoms/1177703732
 */
export function huberLoss(prediction: Tensor, target: Tensor, { delta = 1 }: HuberOptions = {}): Scalar {
  assertSameShape('huberLoss', prediction, target, ['prediction', 'target']);
  if (typeof delta === 'number') assertPositive('huberLoss: delta', delta);
  else assertPerSample(delta, prediction);
  return tidy(() => {
    const threshold = perSample(delta, prediction.rank);
    const residual = abs(sub(prediction, target));
    const linear = relu(sub(residual, threshold)); // not minimum(): TensorFlow.js has no gradient for a threshold that it broadcasts
    const quadratic = sub(residual, linear);
    return mean(add(mul(0.5, square(quadratic)), mul(threshold, linear)));
  });
}

function assertPerSample(delta: Tensor, prediction: Tensor): void {
  if (delta.rank === 0 || (delta.rank === 1 && delta.shape[0] === prediction.shape[0])) return;
  throw new ShapeError(`huberLoss: delta is [${delta.shape}] but prediction is [${prediction.shape}]; it must be [] or [batch]`);
}

/** [n] -> [n, 1, …]: it would broadcast along the last axis. */
function perSample(delta: number | Scalar | Tensor1D, rank: number): Tensor {
  if (typeof delta === 'number') return scalar(delta);
  return delta.rank === 0 ? delta : reshape(delta, [delta.shape[0]!, ...Array<number>(rank - 1).fill(1)]);
}
