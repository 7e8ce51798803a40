import { assertOneOf, assertSameShape, ShapeError } from '@rddpm/core';
import { sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { REDUCTIONS, type Reduced, type Reduction } from '../reduction.ts';
import type { RobustFunction } from './robust-function.ts';

export type Reducible<R extends Reduction = Reduction> = {
  /** `'mean'` or `'sum'` over all elements, or `'per-sample'`: [batch], each sample's mean. @defaultValue 'mean' */
  readonly reduction?: R;
};

/**
 * A penalty of each element of the residual `prediction − target`, reduced to a scalar, or to [batch].
 *
 * Options that are numbers are checked. Options that are tensors may change from step to step and carry gradients; their values are not
 * checked, as a compiled graph can't throw.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or a `delta`, `scale` or `alpha` is a tensor of another shape than [] or [batch];
 *   {ConfigError} for an unknown reduction, a number `delta` below 0, a number `scale` that isn't finite and above 0, or an `alpha` of NaN.
 */
export type ElementWiseLoss<Options> = <R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options?: Options & Reducible<R>,
) => Reduced<R>;

/** @param name What errors call the loss. @param robustFunction Makes its penalty from its options. */
export function elementWiseLoss<Options>(name: string, robustFunction: (options?: Options) => RobustFunction): ElementWiseLoss<Options> {
  return (prediction, target, options) => elementWise(name, prediction, target, robustFunction(options), options?.reduction);
}

/** A penalty of `prediction − target`, reduced. `where` is what errors call it. */
export function elementWise<R extends Reduction = 'mean'>(
  where: string,
  prediction: Tensor,
  target: Tensor,
  { rho }: Pick<RobustFunction, 'rho'>,
  reduction: R = 'mean' as R,
): Reduced<R> {
  assertSameShape(where, prediction, target, ['prediction', 'target']);
  assertOneOf(`${where}: reduction`, reduction, Object.keys(REDUCTIONS));
  if (prediction.size === 0 || (reduction === 'per-sample' && prediction.rank === 0)) {
    throw new ShapeError(`${where}: prediction is [${prediction.shape}]; it must be [batch, …] and not empty`);
  }
  return tidy(() => REDUCTIONS[reduction](rho(sub(prediction, target))) as Reduced<R>);
}
