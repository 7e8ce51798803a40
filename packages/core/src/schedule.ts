import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';

/** Variances of the forward process. Timesteps are 0-based: index t holds what papers call t + 1. */
export interface NoiseSchedule {
  readonly steps: number;
  readonly betas: Float64Array;
  /** ᾱ, the product of 1 - β up to and including t. 0 at the last t where the schedule has zero terminal SNR, above 0 before. */
  readonly alphasCumprod: Float64Array;
}

/**
 * What a network may predict of x_t = √ᾱ·x0 + √(1 − ᾱ)·ε: the noise ε, the image x0 itself, or the velocity √ᾱ·ε − √(1 − ᾱ)·x0. diffusers'
 * names.
 *
 * @see Salimans, Ho (2022), https://arxiv.org/abs/2202.00512, for the velocity
 */
export const PREDICTION_TYPES = ['epsilon', 'sample', 'v_prediction'] as const;
export type PredictionType = (typeof PREDICTION_TYPES)[number];

export type SamplerInput = {
  readonly xt: Tensor4D;
  /** The network's answer to `xt` and t, of the sampler's `prediction` type. */
  readonly prediction: Tensor4D;
  /** Standard normal, shaped like `xt`. Where `usesNoise` says so, any tensor of that shape does. */
  readonly noise: Tensor4D;
  /** The previous step's `x0`. Multistep samplers need it; at a chain's first step any tensor of that shape does. */
  readonly previousX0?: Tensor4D;
};

export type SamplerOutput = { readonly xPrev: Tensor4D; readonly x0: Tensor4D };

/** One reverse step, stateless. */
export interface Sampler {
  /** What the network must predict. */
  readonly prediction: PredictionType;
  /** The range that x0 is kept in: plus and minus this number, true for 1, false for none, or one that depends on x0. */
  readonly clip: boolean | number;
  /**
   * The numbers of one step, computed in float64: compiled chains take them as an input, so one graph serves every step.
   * `tPrev` = -1 ends the chain, without noise; `tBefore` is the timestep before `t`, for multistep samplers.
   */
  coefficients(t: number, tPrev: number, tBefore?: number): Float32Array;
  /** Whether the step with these coefficients adds noise. */
  usesNoise(coefficients: Float32Array): boolean;
  apply(input: SamplerInput, coefficients: Tensor1D): SamplerOutput;
  /** `apply` with `coefficients(t, tPrev, tBefore)`. Without `tBefore`, `previousX0` may be left out. */
  step(input: SamplerInput & { readonly t: number; readonly tPrev: number; readonly tBefore?: number }): SamplerOutput;
}
