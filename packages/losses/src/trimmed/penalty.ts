import { square, type Tensor } from '@tensorflow/tfjs-core';

/** A penalty per element of the residual `prediction − target`, such as the `rho` of a robust function. */
export type Penalty = (residual: Tensor) => Tensor;

export const squaredError: Penalty = (residual) => square(residual);
