import type { Weights } from '@rddpm/core';
import { add, div, matMul, mul, reshape, softmax, type Tensor2D, type Tensor4D, transpose } from '@tensorflow/tfjs-core';
import type { AttentionBlock } from './architecture.ts';
import { linear, norm } from './layers.ts';

const SWAP_TOKENS_AND_HEADS = [0, 2, 1, 3];

/**
 * Self-attention over the pixels of each image, added to its input.
 *
 * @param x [n, h, w, c]
 * @see Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, eq. 1
 */
export function attention(
  weights: Weights,
  { name, channels, headDim, groups, divisor }: AttentionBlock,
  x: Tensor4D,
  { epsilon }: { readonly epsilon: number },
): Tensor4D {
  const [n, h, w] = x.shape;
  const normalised = groups === null ? x : norm(weights, `${name}.group_norm`, x, { groups, epsilon });
  const tokens: Tensor2D = reshape(normalised, [n * h * w, channels]);
  const project = (projection: string): Tensor4D => {
    const projected = linear(weights, `${name}.${projection}`, tokens);
    return transpose(reshape(projected, [n, h * w, channels / headDim, headDim]), SWAP_TOKENS_AND_HEADS);
  };
  const similarity = mul(matMul(project('to_q'), project('to_k'), false, true), 1 / Math.sqrt(headDim)); // [n, heads, hw, hw]
  const mixed = matMul(softmax(similarity), project('to_v'));
  const joined: Tensor2D = reshape(transpose(mixed, SWAP_TOKENS_AND_HEADS), [n * h * w, channels]);
  const sum: Tensor4D = add(x, reshape(linear(weights, `${name}.to_out.0`, joined), x.shape));
  return divisor === 1 ? sum : div(sum, divisor);
}
