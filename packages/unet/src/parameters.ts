import { type Rng, ShapeError, type Weights } from '@rddpm/core';
import { ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { type AttentionBlock, architectureOf, type Level, type ResnetBlock } from './architecture.ts';
import type { ResolvedUNetConfig, UNetConfig } from './config.ts';
import { resolveConfig } from './resolve-config.ts';

/** Shapes by parameter name, as PyTorch has them: convolutions [out, in, height, width], linear layers [out, in]. */
export type ParameterShapes = Readonly<Record<string, readonly number[]>>;

/**
 * The names and shapes of diffusers' `UNet2DModel` of the same config, in the order of its `state_dict()`.
 *
 * @throws {ConfigError} if the network can't be built.
 */
export function parameterShapes(config: UNetConfig): ParameterShapes {
  const resolved = resolveConfig(config);
  const { waveChannels, timeChannels, down, up, middle } = architectureOf(resolved);
  const width = resolved.blockOutChannels[0]!;
  const projected = resolved.resnetTimeScaleShift === 'scale_shift' ? 2 : 1;
  const resnet = (block: ResnetBlock) => resnetShapes(block, timeChannels, projected);
  const level = ({ attentions, resnets, resample }: Level) => [
    ...attentions.flatMap(attentionShapes),
    ...resnets.flatMap(resnet),
    ...(resample?.kind === 'conv' ? conv(resample.name, resample.channels, resample.channels) : []),
    ...(resample?.kind === 'resnet' ? resnet(resample.resnet) : []),
  ];
  return Object.fromEntries<readonly number[]>([
    ...conv('conv_in', resolved.inChannels, width),
    ...(resolved.timeEmbeddingType === 'fourier' ? [['time_proj.weight', [width]] as const] : []),
    ...linear('time_embedding.linear_1', waveChannels, timeChannels),
    ...linear('time_embedding.linear_2', timeChannels, timeChannels),
    ...down.flatMap(level),
    ...up.flatMap(level),
    ...(middle.attention ? attentionShapes(middle.attention) : []),
    ...middle.resnets.flatMap(resnet),
    ...norm('conv_norm_out', width),
    ...conv('conv_out', width, resolved.outChannels),
  ]);
}

/** How many numbers the network learns. @throws {ConfigError} if the network can't be built. */
export function countParameters(config: UNetConfig): number {
  return Object.values(parameterShapes(config)).reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/**
 * PyTorch's initialisation: convolutions and linear layers, their biases too, uniform within ±1/√fanIn; normalisations 1 and 0.
 * Each parameter draws from `rng.fork(name)`.
 *
 * @see He et al. (2015), https://arxiv.org/abs/1502.01852, with PyTorch's a = √5
 */
export function initialWeights(config: ResolvedUNetConfig, rng: Rng): Weights {
  const shapes = parameterShapes(config);
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, initial(name, shape, shapes, rng)]));
}

/** @throws {ShapeError} naming the first parameter that is missing, unknown or of another shape. */
export function assertWeights(where: string, weights: Weights, shapes: ParameterShapes): void {
  for (const [name, shape] of Object.entries(shapes)) {
    const weight = weights[name];
    if (!weight) throw new ShapeError(`${where}: weights lack '${name}' [${shape}]`);
    if (weight.rank === shape.length && shape.every((size, axis) => size === weight.shape[axis])) continue;
    throw new ShapeError(`${where}: weights['${name}'] is [${weight.shape}]; this network's is [${shape}]`);
  }
  const unknown = Object.keys(weights).find((name) => !Object.hasOwn(shapes, name));
  if (unknown) throw new ShapeError(`${where}: weights hold '${unknown}', which this network doesn't have`);
}

type Entry = readonly [name: string, shape: readonly number[]];

/** `projected`: how many numbers the time has for each channel. */
function resnetShapes({ name, inChannels, outChannels }: ResnetBlock, timeChannels: number, projected: number): Entry[] {
  return [
    ...norm(`${name}.norm1`, inChannels),
    ...conv(`${name}.conv1`, inChannels, outChannels),
    ...linear(`${name}.time_emb_proj`, timeChannels, projected * outChannels),
    ...norm(`${name}.norm2`, outChannels),
    ...conv(`${name}.conv2`, outChannels, outChannels),
    ...(inChannels === outChannels ? [] : conv(`${name}.conv_shortcut`, inChannels, outChannels, 1)),
  ];
}

function attentionShapes({ name, channels, groups }: AttentionBlock): Entry[] {
  return [
    ...(groups === null ? [] : norm(`${name}.group_norm`, channels)),
    ...['to_q', 'to_k', 'to_v', 'to_out.0'].flatMap((projection) => linear(`${name}.${projection}`, channels, channels)),
  ];
}

const withBias = (name: string, shape: number[]): Entry[] => [
  [`${name}.weight`, shape],
  [`${name}.bias`, shape.slice(0, 1)],
];
const conv = (name: string, from: number, to: number, size = 3) => withBias(name, [to, from, size, size]);
const linear = (name: string, from: number, to: number) => withBias(name, [to, from]);
const norm = (name: string, channels: number) => withBias(name, [channels]);

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

function initial(name: string, shape: readonly number[], shapes: ParameterShapes, rng: Rng): Tensor {
  const isBias = name.endsWith('.bias');
  const weightShape = isBias ? shapes[name.replace(/bias$/, 'weight')]! : shape;
  if (weightShape.length === 1) return isBias ? zeros([...shape]) : ones([...shape]);
  const bound = 1 / Math.sqrt(sizeOf(weightShape.slice(1)));
  const { uniform } = rng.fork(name);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * uniform() - 1)),
    [...shape],
  );
}
