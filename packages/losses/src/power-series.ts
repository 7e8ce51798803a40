import { add, mul, type Tensor } from '@tensorflow/tfjs-core';

/** c₀ + c₁ x + c₂ x² + …; a NaN stays. */
export function powerSeries(x: Tensor, coefficients: readonly number[]): Tensor {
  return coefficients.reduceRight<Tensor | number>((sum, c) => add(mul(x, sum), c), 0) as Tensor;
}
