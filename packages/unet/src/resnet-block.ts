import type { Weights } from '@rddpm/core';
import { add, reshape, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ResnetBlock } from './architecture.ts';
import { conv, linear, norm } from './layers.ts';
import { silu } from './silu.ts';

/**
 * Two convolutions, each behind a normalisation and an activation, around which the input is carried past; the time shifts the channels
 * in between.
 *
 * @param x [n, h, w, inChannels]
 * @param time The activated time embedding, [n, timeChannels].
 * @returns [n, h, w, outChannels]
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, appendix B
 */
export function resnetBlock(
  weights: Weights,
  { name, inChannels, outChannels }: ResnetBlock,
  x: Tensor4D,
  time: Tensor2D,
  normalisation: { groups: number; epsilon: number },
): Tensor4D {
  const shift: Tensor4D = reshape(linear(weights, `${name}.time_emb_proj`, time), [time.shape[0], 1, 1, outChannels]);
  const first = conv(weights, `${name}.conv1`, silu(norm(weights, `${name}.norm1`, x, normalisation)));
  const second = conv(weights, `${name}.conv2`, silu(norm(weights, `${name}.norm2`, add(first, shift), normalisation)));
  const shortcut = inChannels === outChannels ? x : conv(weights, `${name}.conv_shortcut`, x);
  return add(shortcut, second);
}
