import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';

/** Variances of the forward process. Timesteps are 0-based: index t holds what papers call t + 1. */
export interface NoiseSchedule {
  readonly steps: number;
  readonly betas: Float64Array;
  /** ᾱ, the product of 1 - β up to and including t. */
  readonly alphasCumprod: Float64Array;
}

export type SamplerInput = {
  readonly xt: Tensor4D;
  readonly predictedNoise: Tensor4D;
  /** Standard normal, shaped like `xt`. Deterministic samplers and last steps ignore it. */
  readonly noise: Tensor4D;
  /** The previous step's `x0`, for multistep samplers. */
  readonly previousX0?: Tensor4D;
};

export type SamplerOutput = { readonly xPrev: Tensor4D; readonly x0: Tensor4D };

/** One reverse step, stateless. Takes noise predictions. */
export interface Sampler {
  /**
   * The numbers of one step, computed in float64: compiled chains take them as an input, so one graph serves every step.
   * `tPrev` = -1 ends the chain, without noise; `tBefore` is the timestep before `t`, for multistep samplers.
   */
  coefficients(t: number, tPrev: number, tBefore?: number): Float32Array;
  apply(input: SamplerInput, coefficients: Tensor1D): SamplerOutput;
  /** `apply` with `coefficients(t, tPrev)`. */
  step(input: SamplerInput & { readonly t: number; readonly tPrev: number }): SamplerOutput;
}
