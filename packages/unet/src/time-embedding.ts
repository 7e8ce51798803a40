import type { Weights } from '@rddpm/core';
import { cast, concat, cos, mul, reshape, sin, type Tensor1D, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { ResolvedUNetConfig } from './config.ts';
import { linear } from './layers.ts';
import { silu } from './silu.ts';

const LONGEST_PERIOD = 10_000; // over 2π

/**
 * Sines and cosines of the time, mixed by two linear layers: what tells every residual block how noisy its input is. Activated, as each
 * block uses it.
 *
 * @param t [n] int32
 * @returns [n, 4 · blockOutChannels[0]]
 * @see Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, section 3.5
 */
export function timeEmbedding(weights: Weights, t: Tensor1D, config: ResolvedUNetConfig): Tensor2D {
  const angles: Tensor2D = mul(reshape(cast(t, 'float32'), [t.shape[0], 1]), frequencies(config));
  const waves = config.flipSinToCos ? [cos(angles), sin(angles)] : [sin(angles), cos(angles)];
  const hidden = silu(linear(weights, 'time_embedding.linear_1', concat(waves, 1)));
  return silu(linear(weights, 'time_embedding.linear_2', hidden));
}

/** [1, count], falling geometrically from 1. */
function frequencies({ blockOutChannels, freqShift }: ResolvedUNetConfig): Tensor2D {
  const count = blockOutChannels[0]! / 2;
  const values = Float32Array.from({ length: count }, (_, i) => LONGEST_PERIOD ** (-i / (count - freqShift)));
  return tensor2d(values, [1, count]);
}
