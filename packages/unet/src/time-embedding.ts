import type { Weights } from '@rddpm/core';
import { cast, concat, cos, log, mul, reshape, sin, type Tensor1D, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { ACTIVATIONS } from './activations.ts';
import type { ResolvedUNetConfig } from './config.ts';
import { linear } from './layers.ts';
import { silu } from './silu.ts';

const LONGEST_PERIOD = 10_000; // over 2π

/**
 * Sines and cosines of the time, mixed by two linear layers: what tells every residual block how noisy its input is. Activated, as each
 * block uses it.
 *
 * @param t [n] int32
 * @returns [n, timeChannels]
 * @see Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, section 3.5; Tancik et al. (2020), https://arxiv.org/abs/2006.10739, for
 *   random frequencies
 */
export function timeEmbedding(weights: Weights, t: Tensor1D, config: ResolvedUNetConfig): Tensor2D {
  const waves = config.timeEmbeddingType === 'fourier' ? fourierWaves(weights, t) : positionalWaves(t, config);
  const hidden = silu(linear(weights, 'time_embedding.linear_1', waves));
  return ACTIVATIONS[config.actFn](linear(weights, 'time_embedding.linear_2', hidden));
}

/** [n, width] */
function positionalWaves(t: Tensor1D, config: ResolvedUNetConfig): Tensor2D {
  const angles: Tensor2D = mul(column(t), frequencies(config));
  return concat(config.flipSinToCos ? [cos(angles), sin(angles)] : [sin(angles), cos(angles)], 1);
}

/** [1, count], falling geometrically from 1. */
function frequencies({ blockOutChannels, freqShift }: ResolvedUNetConfig): Tensor2D {
  const count = blockOutChannels[0]! / 2;
  const values = Float32Array.from({ length: count }, (_, i) => LONGEST_PERIOD ** (-i / (count - freqShift)));
  return tensor2d(values, [1, count]);
}

/** [n, 2 · width], of the time's logarithm. */
function fourierWaves(weights: Weights, t: Tensor1D): Tensor2D {
  const turns: Tensor2D = mul(log(column(t)), reshape(weights['time_proj.weight']!, [1, -1]));
  const angles: Tensor2D = mul(turns, 2 * Math.PI);
  return concat([sin(angles), cos(angles)], 1);
}

/** [n, 1] */
const column = (t: Tensor1D): Tensor2D => reshape(cast(t, 'float32'), [t.shape[0], 1]);
