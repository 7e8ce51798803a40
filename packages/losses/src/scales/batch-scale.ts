import { assertPositive, assertShare, ShapeError } from '@rddpm/core';
import { abs, maximum, mul, type Scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import { detached } from '../detached.ts';
import { quantile } from '../quantile.ts';

/** 1/Φ⁻¹(3/4): a normal distribution's standard deviation over its median absolute deviation. */
export const DEVIATIONS_PER_MAD = 1.482602218505602;

/** Residuals that are all the same would make the scale 0, and quotients by it NaN. */
const SMALLEST = 1e-12;

/**
 * A scale from the batch's own residuals: `factor · 1.4826 · median|r − median r|` over all elements. The median of an even number is the
 * mean of the middle two. For normal residuals 1.4826 makes the scale `factor` standard deviations; outliers, as long as they are fewer than half, can't
 * make it arbitrarily large. At least 1e-12. No gradient flows through it.
 *
 * @param residual `prediction − target`, any shape.
 * @param options.factor Above 0. @defaultValue 1.345, at which Huber's loss is 95 % efficient
 * @throws {ShapeError} if there is no residual; {ConfigError} unless `factor` is above 0.
 * @see Hampel (1974), https://doi.org/10.1080/01621459.1974.10482962, for the deviation; Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533, for 1.345
 */
export function madScale(residual: Tensor, { factor = 1.345 }: { readonly factor?: number } = {}): Scalar {
  assertPositive('madScale: factor', factor);
  assertSome('madScale', residual);
  return detached(() => {
    const deviation = quantile(abs(sub(residual, quantile(residual, 0.5))), 0.5);
    return maximum(mul(deviation, factor * DEVIATIONS_PER_MAD), SMALLEST);
  });
}

/**
 * A scale from the batch's own residuals: the quantile of `|r|` over all elements, linear between the two nearest. At `quantile: 0.9`, a
 * tenth of the elements lie beyond it in every step. At least 1e-12. No gradient flows through it.
 *
 * @param residual `prediction − target`, any shape.
 * @param options.quantile In (0, 1].
 * @throws {ShapeError} if there is no residual; {ConfigError} unless `quantile` is in (0, 1].
 */
export function quantileScale(residual: Tensor, options: { readonly quantile: number }): Scalar {
  const { quantile: q } = options;
  assertShare('quantileScale: quantile', q);
  assertSome('quantileScale', residual);
  return detached(() => maximum(quantile(abs(residual), q), SMALLEST));
}

function assertSome(where: string, residual: Tensor): void {
  if (residual.size === 0) throw new ShapeError(`${where}: residual is [${residual.shape}]; it must hold one number at least`);
}
