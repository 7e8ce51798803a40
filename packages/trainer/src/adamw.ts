/**
 * AdamW with PyTorch's order of operations, as pure functions of vectors of parameters.
 *
 * @see Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101, Algorithm 2;
 *   https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
import { add, div, minimum, mul, type Scalar, scalar, sqrt, square, sub, sum, type Tensor1D } from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Vectors of parameters. */
export type AdamWState = { readonly weights: Tensor1D[]; readonly moment1: Tensor1D[]; readonly moment2: Tensor1D[] };

/** What changes from step to step, as inputs of the compiled step. */
export type AdamWSchedule = { readonly learningRate: Scalar; readonly biasCorrection1: Scalar; readonly biasCorrection2: Scalar };

/** `1 - βᵏ` for the 0-based `step`, in float64: at β₂ = 0.999 float32 would lose four digits in the first steps. */
export function biasCorrections(step: number): { biasCorrection1: number; biasCorrection2: number } {
  return { biasCorrection1: 1 - BETA1 ** (step + 1), biasCorrection2: 1 - BETA2 ** (step + 1) };
}

/**
 * One step: decay the weights, update both moments, walk. What is the same for all parameters is computed first, so that each vector
 * is read as few times as can be.
 *
 * @param gradientScale By which the gradients are shortened, see `clipping`.
 */
export function adamW(
  state: AdamWState,
  gradients: readonly Tensor1D[],
  gradientScale: Scalar,
  { learningRate, biasCorrection1, biasCorrection2 }: AdamWSchedule,
  weightDecay: number,
): AdamWState {
  const decay = sub<Scalar>(1, mul(learningRate, weightDecay));
  const share1 = mul<Scalar>(gradientScale, 1 - BETA1);
  const share2 = mul<Scalar>(square(gradientScale), 1 - BETA2);
  const root = sqrt(biasCorrection2);
  const rate = div<Scalar>(mul(learningRate, root), biasCorrection1);
  const epsilon = mul<Scalar>(root, EPSILON);
  const moment1 = state.moment1.map((moment, k) => add<Tensor1D>(mul(moment, BETA1), mul(gradients[k]!, share1)));
  const moment2 = state.moment2.map((moment, k) => add<Tensor1D>(mul(moment, BETA2), mul(square(gradients[k]!), share2)));
  const weights = state.weights.map((vector, k) => {
    const direction = div(moment1[k]!, add(sqrt(moment2[k]!), epsilon));
    return sub<Tensor1D>(mul(vector, decay), mul(direction, rate));
  });
  return { weights, moment1, moment2 };
}

/**
 * By how much to shorten a gradient that is longer than `maxNorm`, as PyTorch's `clip_grad_norm_` does. `norm` is its length.
 *
 * @param maxNorm Infinity leaves every gradient as it is.
 */
export function clipping(gradients: readonly Tensor1D[], maxNorm: number): { scale: Scalar; norm: Scalar } {
  const norm = sqrt(gradients.map((gradient) => sum<Scalar>(square(gradient))).reduce((a, b) => add(a, b)));
  const scale = maxNorm === Number.POSITIVE_INFINITY ? scalar(1) : minimum<Scalar>(1, div(maxNorm, add(norm, 1e-6)));
  return { scale, norm };
}
