import { assertOneOf, assertSameShape, ShapeError } from '@rddpm/core';
import { sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { REDUCTIONS, type Reduced, type Reduction } from '../reduction.ts';
import type { RobustFunction } from './robust-function.ts';

export type Reducible<R extends Reduction = Reduction> = {
  /** `'mean'` or `'sum'` over all elements, or `'per-sample'`: [batch], each sample's mean. @defaultValue 'mean' */
  readonly reduction?: R;
};

/** A robust function of `prediction − target`, reduced. `where` is what errors call it. */
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
