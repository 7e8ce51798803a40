/** Layers of named weights in PyTorch's layout, on NHWC activations. */
import type { Weights } from '@rddpm/core';
import { add, conv2d, matMul, type Tensor2D, type Tensor4D, transpose } from '@tensorflow/tfjs-core';
import { groupNorm } from './group-norm.ts';

type Padding = Parameters<typeof conv2d>[3];
const OIHW_TO_HWIO = [2, 3, 1, 0];

/** `x` [n, h, w, in] -> [n, h', w', out] */
export function conv(weights: Weights, name: string, x: Tensor4D, strides = 1, padding: Padding = 'same'): Tensor4D {
  const filter = transpose(weights[`${name}.weight`] as Tensor4D, OIHW_TO_HWIO);
  return add(conv2d(x, filter, strides, padding), weights[`${name}.bias`]!);
}

/** `x` [n, in] -> [n, out] */
export function linear(weights: Weights, name: string, x: Tensor2D): Tensor2D {
  return add(matMul(x, weights[`${name}.weight`] as Tensor2D, false, true), weights[`${name}.bias`]!);
}

/** `x` [n, h, w, c], normalised over each sample's groups of channels. */
export function norm(weights: Weights, name: string, x: Tensor4D, { groups, epsilon }: { groups: number; epsilon: number }): Tensor4D {
  return groupNorm(x, weights[`${name}.weight`] as never, weights[`${name}.bias`] as never, { groups, epsilon });
}
