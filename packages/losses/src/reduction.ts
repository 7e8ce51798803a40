import { mean, type Scalar, sum, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';

/** How penalties of elements become the loss: their mean, their sum, or the mean of each sample. */
export type Reduction = 'mean' | 'sum' | 'per-sample';

export type Reduced<R extends Reduction> = R extends 'per-sample' ? Tensor1D : Scalar;

/** [batch, …] -> [batch] */
export function perSampleMean(values: Tensor): Tensor1D {
  const axes = values.shape.map((_, axis) => axis).slice(1);
  return axes.length > 0 ? mean(values, axes) : (values as Tensor1D);
}

/** [batch, …] -> a scalar or [batch] */
export const REDUCTIONS: { readonly [R in Reduction]: (penalties: Tensor) => Tensor } = {
  mean: (penalties) => mean(penalties),
  sum: (penalties) => sum(penalties),
  'per-sample': perSampleMean,
};
