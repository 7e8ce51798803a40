import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';

/** Parameters, laid end to end in a few vectors, and what an optimiser remembers of each: by name, vectors of the same lengths. */
export type OptimizerState = {
  readonly weights: Tensor1D[];
  readonly moments: Readonly<Record<string, Tensor1D[]>>;
};

/** What changes from step to step arrives as tensors: a compiled step freezes every number that it captures. */
export type OptimizerRates = {
  /** Of this step, warm-up and schedule included. */
  readonly learningRate: Scalar;
  /** Multiply the gradients by it: it is below 1 where they are clipped. */
  readonly gradientScale: Scalar;
  /** The share of `learningRate` by which parameters shrink at each step, apart from the gradient; the same at every step. */
  readonly weightDecay: number;
  /** What `numbersAt` returned for this step. */
  readonly numbers: Readonly<Record<string, Scalar>>;
};

/** How parameters move along their gradients. `adamW()` is one. */
export type Optimizer = {
  /**
   * Names of what is remembered of each parameter from step to step, in camelCase, such as `['moment1', 'moment2']`. All are 0 at first, and all
   * are part of the run's state.
   */
  readonly moments: readonly string[];
  /** Numbers that depend on the 0-based step and on nothing else, such as bias corrections. Computed in float64, passed on as float32. */
  readonly numbersAt: (step: number) => Readonly<Record<string, number>>;
  /** One step. Part of the compiled step: a pure function of tensors that draws no random numbers. One gradient for each vector of weights. */
  readonly update: (state: OptimizerState, gradients: readonly Tensor1D[], rates: OptimizerRates) => OptimizerState;
};
