import { assertSameShape, ConfigError, ShapeError } from '@rddpm/core';
import {
  add,
  cast,
  customGrad,
  div,
  equal,
  less,
  mul,
  reshape,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor2d,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { perSampleMean } from './reduction.ts';

export type LtsOptions = {
  /** The share of the samples that counts, in (0, 1]. @defaultValue 0.8 */
  readonly keep?: number;
};

/**
 * Least trimmed squares: the mean squared error of the `max(1, ⌊keep · batch + 1e-9⌋)` samples that fit best; of equal ones, the first.
 *
 * Whole samples are trimmed, not pixels: contaminated images should be the ones that fit worst. Which samples are kept carries no
 * gradient, as the choice doesn't change with a small step.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or have no batch; {ConfigError} unless `keep` is in (0, 1].
 * @see Rousseeuw (1984), https://doi.org/10.1080/01621459.1984.10477105
 */
export function ltsLoss(prediction: Tensor, target: Tensor, { keep = 0.8 }: LtsOptions = {}): Scalar {
  assertSameShape('ltsLoss', prediction, target, ['prediction', 'target']);
  const [batch] = prediction.shape;
  if (batch === undefined) throw new ShapeError('ltsLoss: prediction is []; it must be [batch, …]');
  if (!(keep > 0 && keep <= 1)) throw new ConfigError(`ltsLoss: keep is ${keep}; it must be above 0 and at most 1`);
  const kept = Math.max(1, Math.floor(keep * batch + 1e-9)); // 0.29 · 100 is 28.999… in binary
  return tidy(() => {
    const losses = perSampleMean(square(sub(prediction, target)));
    return div(sum(mul(smallest(losses, kept), losses)), kept);
  });
}

/** [n], 1 at the `count` smallest values and 0 elsewhere. */
function smallest(values: Tensor1D, count: number): Tensor1D {
  return customGrad((input) => {
    const values = input as Tensor1D;
    return { value: cast(less(ranks(values), count), 'float32'), gradFunc: (dy: Tensor) => zerosLike(dy) };
  })(values) as Tensor1D;
}

/** [n], how many values come before each one in ascending order. */
function ranks(values: Tensor1D): Tensor1D {
  const n = values.shape[0];
  const own = reshape(values, [n, 1]);
  const others = reshape(values, [1, n]);
  const earlier = tensor2d(
    Float32Array.from({ length: n * n }, (_, at) => (at % n < Math.floor(at / n) ? 1 : 0)),
    [n, n],
  );
  const tiedAndEarlier = mul(cast(equal(others, own), 'float32'), earlier);
  return sum(add(cast(less(others, own), 'float32'), tiedAndEarlier), 1);
}
