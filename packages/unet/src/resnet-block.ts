import type { Weights } from '@rddpm/core';
import { add, avgPool, div, mul, reshape, split, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { ACTIVATIONS } from './activations.ts';
import type { ResnetBlock } from './architecture.ts';
import type { ResolvedUNetConfig } from './config.ts';
import { conv, linear, norm } from './layers.ts';
import { upsampleNearest } from './upsample.ts';

/**
 * Two convolutions, each behind a normalisation and an activation, around which the input is carried past; in between the time shifts
 * the channels, or scales and shifts the normalised ones.
 *
 * @param x [n, h, w, inChannels]
 * @param time The activated time embedding, [n, timeChannels].
 * @returns [n, h, w, outChannels], or sides half or twice as long where the block resizes.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, appendix B; Dhariwal, Nichol (2021), https://arxiv.org/abs/2105.05233,
 *   section 3, for scaling and resizing
 */
export function resnetBlock(
  weights: Weights,
  { name, inChannels, outChannels, resize, divisor }: ResnetBlock,
  x: Tensor4D,
  time: Tensor2D,
  config: ResolvedUNetConfig,
): Tensor4D {
  const normalisation = { groups: config.normNumGroups, epsilon: config.normEps };
  const activate = ACTIVATIONS[config.actFn];
  const resized = (image: Tensor4D) => (resize ? RESIZE[resize](image) : image);

  const projected = linear(weights, `${name}.time_emb_proj`, time);
  const perChannel: Tensor4D = reshape(projected, [time.shape[0], 1, 1, projected.shape[1]]);
  const first = conv(weights, `${name}.conv1`, resized(activate(norm(weights, `${name}.norm1`, x, normalisation))));
  const timed =
    config.resnetTimeScaleShift === 'scale_shift'
      ? scaledAndShifted(norm(weights, `${name}.norm2`, first, normalisation), perChannel)
      : norm(weights, `${name}.norm2`, add(first, perChannel), normalisation);
  const second = conv(weights, `${name}.conv2`, activate(timed));
  const carried = resized(x);
  const shortcut = inChannels === outChannels ? carried : conv(weights, `${name}.conv_shortcut`, carried);
  const sum: Tensor4D = add(shortcut, second);
  return divisor === 1 ? sum : div(sum, divisor);
}

const RESIZE = { halve: (x: Tensor4D) => avgPool(x, 2, 2, 'valid'), double: upsampleNearest };

/** `perChannel` [n, 1, 1, 2c] holds what 1 is raised by, then what is added. */
function scaledAndShifted(x: Tensor4D, perChannel: Tensor4D): Tensor4D {
  const [scale, shift] = split(perChannel, 2, 3) as [Tensor4D, Tensor4D];
  return add(mul(x, add(1, scale)), shift);
}
