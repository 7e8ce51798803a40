import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A penalty of single residuals, with what robust statistics ask of it. All three keep the residual's shape, and NaN stays NaN in `rho`.
 *
 * `rho` is differentiable by the residual, and by options that are tensors; `psi` and `weight` are closed forms for plots and for
 * iteratively reweighted fits.
 *
 * @see Huber (1981), Robust Statistics, https://doi.org/10.1002/0471725250
 */
export interface RobustFunction {
  /** The penalty ρ(r): 0 at 0, even, never falling with |r|. */
  rho(residual: Tensor): Tensor;
  /** The influence ψ(r) = ρ′(r): how hard a residual pulls. */
  psi(residual: Tensor): Tensor;
  /** The weight ψ(r) / r of iteratively reweighted least squares, at 0 its limit. */
  weight(residual: Tensor): Tensor;
}
