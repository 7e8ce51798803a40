/**
 * AdamW with PyTorch's order of operations, as pure functions of one vector of parameters.
 *
 * @see Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101, Algorithm 2;
 *   https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
import { add, div, minimum, mul, type Scalar, sqrt, square, sub, sum, type Tensor1D } from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export type AdamWState = { readonly weights: Tensor1D; readonly moment1: Tensor1D; readonly moment2: Tensor1D };

/** What changes from step to step, as inputs of the compiled step. */
export type AdamWSchedule = { readonly learningRate: Scalar; readonly biasCorrection1: Scalar; readonly biasCorrection2: Scalar };

/** `1 - βᵏ` for the 0-based `step`, in float64: at β₂ = 0.999 float32 would lose four digits in the first steps. */
export function biasCorrections(step: number): { biasCorrection1: number; biasCorrection2: number } {
  return { biasCorrection1: 1 - BETA1 ** (step + 1), biasCorrection2: 1 - BETA2 ** (step + 1) };
}

/** One step: decay the weights, update both moments, walk. */
export function adamW(state: AdamWState, gradient: Tensor1D, schedule: AdamWSchedule, weightDecay: number): AdamWState {
  const { learningRate, biasCorrection1, biasCorrection2 } = schedule;
  const decayed = mul<Tensor1D>(state.weights, sub(1, mul(learningRate, weightDecay)));
  const moment1 = add<Tensor1D>(mul(state.moment1, BETA1), mul(gradient, 1 - BETA1));
  const moment2 = add<Tensor1D>(mul(state.moment2, BETA2), mul(square(gradient), 1 - BETA2));
  const deviation = add(div(sqrt(moment2), sqrt(biasCorrection2)), EPSILON);
  const weights = sub<Tensor1D>(decayed, mul(div(learningRate, biasCorrection1), div(moment1, deviation)));
  return { weights, moment1, moment2 };
}

/**
 * Shortens a gradient that is longer than `maxNorm`, as PyTorch's `clip_grad_norm_` does. `norm` is the length before.
 *
 * @param maxNorm Infinity leaves every gradient as it is.
 */
export function clipNorm(gradient: Tensor1D, maxNorm: number): { clipped: Tensor1D; norm: Scalar } {
  const norm = sqrt(sum<Scalar>(square(gradient)));
  if (maxNorm === Number.POSITIVE_INFINITY) return { clipped: gradient, norm };
  const scale = minimum(1, div(maxNorm, add(norm, 1e-6)));
  return { clipped: mul(gradient, scale), norm };
}
