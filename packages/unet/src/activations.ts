import { add, div, erf, mul, relu, softplus, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { silu } from './silu.ts';

/** By diffusers' names, of which `swish` is another one for `silu`. */
export const ACTIVATIONS = { silu, swish: silu, mish, gelu, relu } satisfies Record<string, <T extends Tensor>(x: T) => T>;

export type ActivationName = keyof typeof ACTIVATIONS;

/**
 * `x · tanh(ln(1 + exp(x)))`
 *
 * @see Misra (2019), https://arxiv.org/abs/1908.08681
 */
function mish<T extends Tensor>(x: T): T {
  return mul(x, tanh(softplus(x)));
}

/**
 * `x · Φ(x)`, with the normal distribution's Φ itself, not its approximation by a tanh.
 *
 * @see Hendrycks, Gimpel (2016), https://arxiv.org/abs/1606.08415
 */
function gelu<T extends Tensor>(x: T): T {
  return mul(mul(0.5, x), add(1, erf(div(x, Math.SQRT2))));
}
