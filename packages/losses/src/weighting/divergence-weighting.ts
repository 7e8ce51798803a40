import type { Loss } from '@rddpm/core';
import { assertPositive } from '@rddpm/core';
import { customGrad, div, exp, type GradSaveFunc, mean, mul, neg, type Scalar, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { saturating } from '../element-wise/power-series.ts';
import { medianLoss } from './median-loss.ts';
import { assertPerSample, type PerSampleLoss } from './per-sample-loss.ts';

export type DivergenceWeightingOptions = {
  /** Where a sample's pull has fallen to 1/e: a loss above 0, or a multiple above 0 of the batch's median loss. @defaultValue `{ medians: 2 }` */
  readonly k?: number | { readonly medians: number };
};

/**
 * Divergence-induced weighting: the mean of `K(1 − exp(−L / K))` over the samples' losses L. A sample's gradient is weighted by
 * `exp(−L / K)`, so small losses count as they are and large ones fade; K = ∞ would be the plain mean.
 *
 * The squared Hellinger distance between two normal distributions of the same variance has this form, `1 − exp(−d² / 8)`. Where losses depend on
 * the timestep as much as on the image, so does the weight: weigh losses that are normalised for it, or use `imageTrust`.
 *
 * @param loss L, per sample.
 * @throws {ConfigError} unless `k` or its `medians` is above 0; when called, {ShapeError} unless `loss` returns one number for each sample.
 * @see Li, Dong (2026), https://arxiv.org/abs/2606.22521, for the idea: the form is what the abstract suggests
 */
export function divergenceWeighting(loss: PerSampleLoss, { k = { medians: 2 } }: DivergenceWeightingOptions = {}): Loss {
  if (typeof k === 'number') assertPositive('divergenceWeighting: k', k);
  else assertPositive('divergenceWeighting: k.medians', k.medians);
  return (prediction, target, context) => {
    return tidy((): Scalar => {
      const losses = loss(prediction, target, context);
      assertPerSample('divergenceWeighting', losses, prediction);
      const scale = typeof k === 'number' ? k : mul(medianLoss(losses), k.medians);
      return mean(mul(scale, faded(div(losses, scale))));
    });
  };
}

/** 1 − exp(−u). An infinite u gives 1 and pulls no more. */
function faded(u: Tensor): Tensor {
  return customGrad((u, save) => {
    (save as GradSaveFunc)([u as Tensor]);
    return { value: saturating(u as Tensor), gradFunc: (dy: Tensor, [u]: Tensor[]) => mul(dy, exp(neg(u!))) };
  })(u);
}
