import { mean, type Scalar, sum, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';

/** How a penalty per element becomes the loss: one number by mean or sum, or each sample's mean. */
export type Reduction = 'mean' | 'sum' | 'per-sample';

export type Reduced<R extends Reduction> = R extends 'per-sample' ? Tensor1D : Scalar;

/** @param penalties [batch, …] */
export function reduced<R extends Reduction>(penalties: Tensor, reduction: R): Reduced<R> {
  switch (reduction) {
    case 'sum':
      return sum(penalties);
    case 'per-sample':
      return perSampleMean(penalties) as Reduced<R>;
    default:
      return mean(penalties);
  }
}

/** [batch, …] -> [batch] */
export function perSampleMean(values: Tensor): Tensor1D {
  const axes = values.shape.map((_, axis) => axis).slice(1);
  return axes.length > 0 ? mean(values, axes) : (values as Tensor1D);
}
