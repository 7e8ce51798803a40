import { type Rng, ShapeError, type Weights } from '@rddpm/core';
import { ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { architectureOf, type Block, type Level, type ResnetBlock } from './architecture.ts';
import { type ResolvedUNetConfig, resolveConfig, type UNetConfig } from './config.ts';

/** Shapes by parameter name, as PyTorch has them: convolutions [out, in, height, width], linear layers [out, in]. */
export type ParameterShapes = Readonly<Record<string, readonly number[]>>;

/**
 * The names and shapes of diffusers' `UNet2DModel` of the same config.
 *
 * @throws {ConfigError} if the network can't be built.
 */
export function parameterShapes(config: UNetConfig): ParameterShapes {
  const resolved = resolveConfig(config);
  const { down, middle, up, timeChannels } = architectureOf(resolved);
  const width = resolved.blockOutChannels[0]!;
  return Object.fromEntries([
    ...conv('conv_in', resolved.inChannels, width),
    ...linear('time_embedding.linear_1', width, timeChannels),
    ...linear('time_embedding.linear_2', timeChannels, timeChannels),
    ...down.flatMap((level) => levelShapes(level, timeChannels)),
    ...middle.resnets.flatMap((block) => resnetShapes(block, timeChannels)),
    ...(middle.attention ? attentionShapes(middle.attention) : []),
    ...up.flatMap((level) => levelShapes(level, timeChannels)),
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
  const unknown = Object.keys(weights).find((name) => !(name in shapes));
  if (unknown) throw new ShapeError(`${where}: weights hold '${unknown}', which this network doesn't have`);
}

type Entry = readonly [name: string, shape: readonly number[]];

function levelShapes(level: Level, timeChannels: number): Entry[] {
  return [
    ...level.resnets.flatMap((block) => resnetShapes(block, timeChannels)),
    ...level.attentions.flatMap(attentionShapes),
    ...(level.resample ? conv(level.resample.name, level.resample.channels, level.resample.channels) : []),
  ];
}

function resnetShapes({ name, inChannels, outChannels }: ResnetBlock, timeChannels: number): Entry[] {
  return [
    ...norm(`${name}.norm1`, inChannels),
    ...conv(`${name}.conv1`, inChannels, outChannels),
    ...linear(`${name}.time_emb_proj`, timeChannels, outChannels),
    ...norm(`${name}.norm2`, outChannels),
    ...conv(`${name}.conv2`, outChannels, outChannels),
    ...(inChannels === outChannels ? [] : conv(`${name}.conv_shortcut`, inChannels, outChannels, 1)),
  ];
}

function attentionShapes({ name, channels }: Block): Entry[] {
  return [
    ...norm(`${name}.group_norm`, channels),
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
