import { ConfigError, type DenoisingNetwork, ShapeError, type Weights } from '@rddpm/core';
import { cast, concat, div, mul, reshape, sub, type Tensor1D, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { type Architecture, type AttentionBlock, architectureOf, type ResnetBlock } from './architecture.ts';
import { attention } from './attention.ts';
import { halvings, type ResolvedUNetConfig, type UNetConfig } from './config.ts';
import { conv, norm } from './layers.ts';
import { assertWeights, initialWeights, parameterShapes } from './parameters.ts';
import { resnetBlock } from './resnet-block.ts';
import { resolveConfig } from './resolve-config.ts';
import { silu } from './silu.ts';
import { timeEmbedding } from './time-embedding.ts';
import { upsampleNearest } from './upsample.ts';

export interface UNet extends DenoisingNetwork {
  /** With every default filled in. */
  readonly config: ResolvedUNetConfig;
}

/**
 * A U-Net that predicts the noise in an image, or the image, as it is trained to: diffusers' `UNet2DModel` of the same config, its weights'
 * names and shapes included.
 *
 * `predict` throws ShapeError unless `x` is [n, h, w, inChannels] with sides that the levels can halve, `t` is [n], and the weights are
 * those of the config. `init` throws ConfigError for what predicts but can't be trained here: dropout, and Fourier embeddings of the time.
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
    init(rng) {
      assertTrainable(resolved);
      return initialWeights(resolved, rng);
    },
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
  const through = (block: ResnetBlock, h: Tensor4D) => resnetBlock(weights, block, h, time, config);
  const attend = (block: AttentionBlock | undefined, h: Tensor4D) => (block ? attention(weights, block, h, normalisation) : h);

  let h = conv(weights, 'conv_in', config.centerInputSample ? sub(mul(2, x), 1) : x);
  const skips = [h];
  for (const { resnets, attentions, resample } of down) {
    resnets.forEach((block, layer) => {
      h = attend(attentions[layer], through(block, h));
      skips.push(h);
    });
    if (!resample) continue;
    h = resample.kind === 'resnet' ? through(resample.resnet, h) : halve(weights, resample.name, h, config.downsamplePadding);
    skips.push(h);
  }

  h = through(middle.resnets[0], h);
  h = attend(middle.attention, h);
  h = through(middle.resnets[1], h);

  for (const { resnets, attentions, resample } of up) {
    resnets.forEach((block, layer) => {
      h = attend(attentions[layer], through(block, concat([h, skips.pop()!], 3)));
    });
    if (resample) h = resample.kind === 'resnet' ? through(resample.resnet, h) : double(weights, resample.name, h);
  }
  const prediction = conv(weights, 'conv_out', silu(norm(weights, 'conv_norm_out', h, normalisation)));
  return config.timeEmbeddingType === 'fourier' ? div(prediction, reshape(cast(t, 'float32'), [t.shape[0], 1, 1, 1])) : prediction;
}

function halve(weights: Weights, name: string, x: Tensor4D, padding: 0 | 1): Tensor4D {
  const around: [number, number] = [padding, 1]; // diffusers pads [0, 1] where it is told 0
  return conv(weights, name, x, 2, [[0, 0], around, around, [0, 0]]);
}

const double = (weights: Weights, name: string, x: Tensor4D): Tensor4D => conv(weights, name, upsampleNearest(x));

/** Training starts with `init`: it is where what can't be trained is refused. */
function assertTrainable({ dropout, timeEmbeddingType }: ResolvedUNetConfig): void {
  if (dropout > 0) {
    throw new ConfigError(
      `UNet.init: dropout is ${dropout}, which can't be trained: a compiled step is a pure function, and the random masks would have to be ` +
        'inputs of it; set dropout to 0',
    );
  }
  if (timeEmbeddingType === 'fourier') {
    throw new ConfigError(
      "UNet.init: timeEmbeddingType is fourier, which can't be trained: its frequencies would have to stay as they are drawn, and the " +
        "logarithm of t = 0 has no value; use 'positional'",
    );
  }
}

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
