/**
 * A network as one safetensors file: its weights, and in the metadata the `unet/config.json` that says how they are wired. diffusers
 * reads it as it reads any `diffusion_pytorch_model.safetensors`, and passes over the metadata.
 */
import {
  type ByteSource,
  ConfigError,
  decodeSafetensors,
  encodeSafetensors,
  FormatError,
  type HostWeights,
  readSafetensors,
  type Safetensors,
  safetensorsParts,
} from '@rddpm/core';
import type { UNetConfig } from './config.ts';
import { fromDiffusersConfig, toDiffusersConfig } from './diffusers-config.ts';
import { parameterShapes } from './parameters.ts';
import { createUNet, type UNet } from './unet.ts';

/** The metadata's key for the network's config; what diffusers calls the file. */
const CONFIG = 'unet/config.json';

export type ModelFile = {
  readonly network: UNet;
  readonly weights: HostWeights;
  /** All of it, what `encodeModel` was given included. */
  readonly metadata: Readonly<Record<string, string>>;
};

export type ModelToWrite = {
  readonly config: UNetConfig;
  readonly weights: HostWeights;
  /** Texts that travel along, such as how images are prepared; those of the file's own keys are refused. */
  readonly metadata?: Readonly<Record<string, string>>;
};

export type ReadOptions = {
  /** Named in errors, such as the file's path. @defaultValue 'model' */
  readonly source?: string;
  /** The content of a `unet/config.json` that lies beside the file; it then need not be in it. */
  readonly config?: Readonly<Record<string, unknown>>;
};

/**
 * A whole file in memory.
 *
 * @throws {ConfigError} if the network can't be built, {FormatError} if the weights aren't its weights.
 */
export function encodeModel(model: ModelToWrite): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(model.weights, metadataOf(model));
}

/** The same file as the parts to write one after the other: the weights' own memory, not a copy. @throws as `encodeModel`. */
export function modelParts(model: ModelToWrite): Uint8Array[] {
  return safetensorsParts(model.weights, metadataOf(model));
}

/**
 * Tensors under the names that older diffusers gave attention's projections (`query`, `key`, `value`, `proj_attn`) come back under those
 * of today. Weights are views of `bytes`, not copies, where that can be.
 *
 * @throws {FormatError} if the bytes are not a model, or its weights not those of its network; {ConfigError} for a network of another
 *   architecture.
 */
export function decodeModel(bytes: Uint8Array, options: ReadOptions = {}): ModelFile {
  return modelOf(decodeSafetensors(bytes, options.source ?? 'model'), options);
}

/** As `decodeModel`, from a file that is read tensor by tensor: loading takes the weights' size and no more. */
export async function readModel(file: ByteSource, options: ReadOptions = {}): Promise<ModelFile> {
  return modelOf(await readSafetensors(file, options.source ?? 'model'), options);
}

function metadataOf({ config, weights, metadata = {} }: ModelToWrite): Readonly<Record<string, string>> {
  const own = { format: 'pt', [CONFIG]: JSON.stringify(toDiffusersConfig(config)) };
  const taken = Object.keys(metadata).find((key) => key in own);
  if (taken) throw new ConfigError(`encodeModel: metadata has '${taken}', which the file needs for itself; choose another name`);
  assertWeightsOf(createUNet(config), weights, 'encodeModel: weights');
  return { ...metadata, ...own };
}

function modelOf({ tensors, metadata }: Safetensors, { source = 'model', config }: ReadOptions): ModelFile {
  const weights = renamed(tensors);
  const network = createUNet(fromDiffusersConfig(config ?? configIn(metadata, source)));
  assertWeightsOf(network, weights, source);
  return { network, weights, metadata };
}

const RENAMED: Readonly<Record<string, string>> = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' };
const OLD_NAME = new RegExp(`(?<=\\.attentions\\.\\d+\\.)(${Object.keys(RENAMED).join('|')})(?=\\.(weight|bias)$)`);

/** A tensor that is there under both names keeps the old one, and is refused as one too many. */
function renamed(weights: HostWeights): HostWeights {
  const today = (name: string) => name.replace(OLD_NAME, (old) => RENAMED[old]!);
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [Object.hasOwn(weights, today(name)) ? name : today(name), weight]),
  );
}

function configIn(metadata: Readonly<Record<string, unknown>>, source: string): Readonly<Record<string, unknown>> {
  const text = metadata[CONFIG];
  if (typeof text !== 'string') {
    const keys = Object.keys(metadata).join(', ') || 'nothing';
    throw new FormatError(`${source}: safetensors, but not a model of ours: its metadata has ${keys}; '${CONFIG}' is missing`);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null) return config as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new FormatError(`${source}: the metadata's '${CONFIG}' is not JSON`, { cause });
  }
  throw new FormatError(`${source}: the metadata's '${CONFIG}' is ${text}; it must be an object`);
}

function assertWeightsOf(network: UNet, weights: HostWeights, source: string): void {
  const shapes = parameterShapes(network.config);
  for (const [name, shape] of Object.entries(shapes)) {
    const found = weights[name]?.shape;
    if (`${found}` === `${shape}`) continue;
    throw new FormatError(`${source}: '${name}' is ${found ? `[${found}]` : 'missing'}; the network of its config needs [${shape}]`);
  }
  const odd = Object.keys(weights).find((name) => !Object.hasOwn(shapes, name));
  if (odd) throw new FormatError(`${source}: there is '${odd}', which the network of its config does not have`);
}
