/**
 * AdamW with PyTorch's order of operations, as pure functions of vectors of parameters.
 *
 * @see Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101, Algorithm 2;
 *   https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
import {
  add,
  div,
  engine,
  getBackend,
  getKernel,
  minimum,
  mul,
  type Scalar,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';

const KERNEL = 'RddpmAdamW'; // weights, moment1, moment2, gradient, and what is the same for all -> weights, moment1, moment2
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
 * is read as few times as can be. Runs as one kernel for each vector where the current backend registers `RddpmAdamW`.
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
  const common = { share1, share2, decay, rate, epsilon };
  const update = getKernel(KERNEL, getBackend()) ? fused : composed;
  const vectors = gradients.map((gradient, k) => {
    return update({ weights: state.weights[k]!, moment1: state.moment1[k]!, moment2: state.moment2[k]!, gradient, ...common });
  });
  return {
    weights: vectors.map(([weights]) => weights),
    moment1: vectors.map(([, moment1]) => moment1),
    moment2: vectors.map(([, , moment2]) => moment2),
  };
}

type Update = Readonly<
  Record<'weights' | 'moment1' | 'moment2' | 'gradient', Tensor1D> & Record<'share1' | 'share2' | 'decay' | 'rate' | 'epsilon', Scalar>
>;

function composed({ weights, gradient, share1, share2, decay, rate, epsilon, ...moments }: Update): [Tensor1D, Tensor1D, Tensor1D] {
  const moment1 = add<Tensor1D>(mul(moments.moment1, BETA1), mul(gradient, share1));
  const moment2 = add<Tensor1D>(mul(moments.moment2, BETA2), mul(square(gradient), share2));
  const direction = div(moment1, add(sqrt(moment2), epsilon));
  return [sub(mul(weights, decay), mul(direction, rate)), moment1, moment2];
}

const fused = (update: Update) =>
  engine().runKernel(KERNEL, update as unknown as Record<string, Tensor>, { beta1: BETA1, beta2: BETA2 }) as unknown as [
    Tensor1D,
    Tensor1D,
    Tensor1D,
  ];

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
