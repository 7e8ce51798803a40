import { type DenoisingNetwork, ShapeError, type Weights } from '@rddpm/core';
import { concat, type Tensor1D, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { type Architecture, architectureOf, type Block } from './architecture.ts';
import { attention } from './attention.ts';
import { halvings, type ResolvedUNetConfig, resolveConfig, type UNetConfig } from './config.ts';
import { conv, norm } from './layers.ts';
import { assertWeights, initialWeights, parameterShapes } from './parameters.ts';
import { resnetBlock } from './resnet-block.ts';
import { silu } from './silu.ts';
import { timeEmbedding } from './time-embedding.ts';
import { upsampleNearest } from './upsample.ts';

export interface UNet extends DenoisingNetwork {
  /** With every default filled in. */
  readonly config: ResolvedUNetConfig;
}

/**
 * A U-Net that predicts the noise in an image: diffusers' `UNet2DModel` of the same config, its weights' names and shapes included.
 *
 * `predict` throws ShapeError unless `x` is [n, h, w, inChannels] with sides that the levels can halve, `t` is [n], and the weights are
 * those of the config.
 *
 * @throws {ConfigError} naming the field, if the network can't be built.
 * @see Ronneberger et al. (2015), https://arxiv.org/abs/1505.04597; Ho et al. (2020), https://arxiv.org/abs/2006.11239, appendix B
 */
export function createUNet(config: UNetConfig): UNet {
  const resolved = resolveConfig(config);
  const architecture = architectureOf(resolved);
  const shapes = parameterShapes(resolved);
  return {
    config: resolved,
    init: (rng) => initialWeights(resolved, rng),
    predict(weights, x, t) {
      assertInputs(x, t, resolved);
      assertWeights('UNet.predict', weights, shapes);
      return tidy(() => forward(weights, x, t, resolved, architecture));
    },
  };
}

function forward(weights: Weights, x: Tensor4D, t: Tensor1D, config: ResolvedUNetConfig, { down, middle, up }: Architecture): Tensor4D {
  const normalisation = { groups: config.normNumGroups, epsilon: config.normEps };
  const time: Tensor2D = timeEmbedding(weights, t, config);
  const attend = (block: Block | undefined, h: Tensor4D) =>
    block ? attention(weights, block, h, { headDim: config.attentionHeadDim ?? block.channels, ...normalisation }) : h;

  let h = conv(weights, 'conv_in', x);
  const skips = [h];
  for (const { resnets, attentions, resample } of down) {
    resnets.forEach((block, layer) => {
      h = attend(attentions[layer], resnetBlock(weights, block, h, time, normalisation));
      skips.push(h);
    });
    if (!resample) continue;
    h = halve(weights, resample.name, h, config.downsamplePadding);
    skips.push(h);
  }

  h = resnetBlock(weights, middle.resnets[0], h, time, normalisation);
  h = attend(middle.attention, h);
  h = resnetBlock(weights, middle.resnets[1], h, time, normalisation);

  for (const { resnets, attentions, resample } of up) {
    resnets.forEach((block, layer) => {
      h = attend(attentions[layer], resnetBlock(weights, block, concat([h, skips.pop()!], 3), time, normalisation));
    });
    if (resample) h = double(weights, resample.name, h);
  }
  return conv(weights, 'conv_out', silu(norm(weights, 'conv_norm_out', h, normalisation)));
}

function halve(weights: Weights, name: string, x: Tensor4D, padding: 0 | 1): Tensor4D {
  const around: [number, number] = [padding, 1]; // diffusers pads [0, 1] where it is told 0
  return conv(weights, name, x, 2, [[0, 0], around, around, [0, 0]]);
}

const double = (weights: Weights, name: string, x: Tensor4D): Tensor4D => conv(weights, name, upsampleNearest(x));

function assertInputs(x: Tensor4D, t: Tensor1D, config: ResolvedUNetConfig): void {
  const [n, height, width, channels] = x.shape;
  if (x.rank !== 4 || channels !== config.inChannels) {
    throw new ShapeError(`UNet.predict: x is [${x.shape}]; it must be [n, h, w, ${config.inChannels}]`);
  }
  const unit = 2 ** halvings(config);
  if (height % unit !== 0 || width % unit !== 0) {
    throw new ShapeError(`UNet.predict: x is [${x.shape}]; its height and width must be divisible by ${unit}`);
  }
  if (t.rank !== 1 || t.shape[0] !== n) throw new ShapeError(`UNet.predict: t is [${t.shape}] but x is [${x.shape}]; it must be [${n}]`);
}
