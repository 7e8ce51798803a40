import { ConfigError, shown } from '@rddpm/core';
import type { ResolvedUNetConfig, UNetConfig } from './config.ts';
import { resolveConfig } from './resolve-config.ts';

/** The content of diffusers' `unet/config.json`. */
export type DiffusersUNetConfig = { readonly _class_name: 'UNet2DModel' } & Readonly<Record<string, unknown>>;

/** Our options beside diffusers' name and default of each; `UNet2DModel` of diffusers 0.42. */
const FIELDS = {
  sampleSize: ['sample_size', null],
  inChannels: ['in_channels', 3],
  outChannels: ['out_channels', 3],
  centerInputSample: ['center_input_sample', false],
  blockOutChannels: ['block_out_channels', [224, 448, 672, 896]],
  layersPerBlock: ['layers_per_block', 2],
  downBlockTypes: ['down_block_types', ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D']],
  upBlockTypes: ['up_block_types', ['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D']],
  downsampleType: ['downsample_type', 'conv'],
  upsampleType: ['upsample_type', 'conv'],
  downsamplePadding: ['downsample_padding', 1],
  addAttention: ['add_attention', true],
  attentionHeadDim: ['attention_head_dim', 8],
  midBlockScaleFactor: ['mid_block_scale_factor', 1],
  actFn: ['act_fn', 'silu'],
  normNumGroups: ['norm_num_groups', 32],
  attnNormNumGroups: ['attn_norm_num_groups', null],
  normEps: ['norm_eps', 1e-5],
  resnetTimeScaleShift: ['resnet_time_scale_shift', 'default'],
  timeEmbeddingType: ['time_embedding_type', 'positional'],
  timeEmbeddingDim: ['time_embedding_dim', null],
  flipSinToCos: ['flip_sin_to_cos', true],
  freqShift: ['freq_shift', 0],
  dropout: ['dropout', 0],
} as const satisfies Record<keyof ResolvedUNetConfig, readonly [string, unknown]>;

/** Fields of `UNet2DModel` that we support at diffusers' default only; other values are refused. */
const FIXED: Readonly<Record<string, unknown>> = { mid_block_type: 'UNetMidBlock2D', class_embed_type: null, num_class_embeds: null };

/** How many steps there are matters to learned time embeddings only. */
const WITHOUT_INFLUENCE: Readonly<Record<string, unknown>> = { num_train_timesteps: null };

/** What `UNet2DModel.from_config` takes. @throws {ConfigError} if the network can't be built. */
export function toDiffusersConfig(config: UNetConfig): DiffusersUNetConfig {
  const resolved = resolveConfig(config);
  const fields = Object.entries(FIELDS).map(([name, [field]]) => [field, resolved[name as keyof ResolvedUNetConfig]]);
  return { _class_name: 'UNet2DModel', ...Object.fromEntries(fields), ...FIXED, ...WITHOUT_INFLUENCE };
}

/**
 * Reads the content of a `unet/config.json`; absent fields have diffusers' defaults, and names that diffusers still takes its newer ones.
 *
 * @param json As `JSON.parse` gives it: anything.
 * @throws {ConfigError} naming the field, if it isn't a `UNet2DModel` or asks for what this network doesn't do.
 */
export function fromDiffusersConfig(json: unknown): ResolvedUNetConfig {
  const fail = (reason: string): never => {
    throw new ConfigError(`fromDiffusersConfig: ${reason}`);
  };
  if (typeof json !== 'object' || json === null) return fail(`the config is ${shown(json)}; it must be an object`);
  const fields = new Map<string, unknown>(Object.entries(json));
  const className = fields.get('_class_name');
  if (className !== 'UNet2DModel') fail(`_class_name is ${shown(className)}; it must be "UNet2DModel"`);
  const known = new Set([...Object.values(FIELDS).map(([field]) => field), ...Object.keys(FIXED), ...Object.keys(WITHOUT_INFLUENCE)]);
  for (const field of fields.keys()) {
    if (!known.has(field) && !field.startsWith('_')) fail(`unknown field ${field}`);
  }
  for (const [field, only] of Object.entries(FIXED)) {
    const value = fields.get(field);
    if (fields.has(field) && value !== only) fail(`${field} is ${shown(value)}; only ${shown(only)} is supported`);
  }
  const read = Object.entries(FIELDS).map(([name, [field, standard]]) => {
    const value = fields.has(field) ? fields.get(field) : standard;
    return [name, Object.hasOwn(RENAMED, name) ? RENAMED[name]!(value) : value] as const;
  });
  return resolveConfig(Object.fromEntries(read) as unknown as UNetConfig);
}

/** What diffusers reads as something else. Values of another type come back as they are, for `resolveConfig` to refuse. */
const RENAMED: Readonly<Record<string, (value: unknown) => unknown>> = {
  sampleSize: (value) => (Array.isArray(value) && value.length === 2 && value[0] === value[1] ? value[0] : value),
  downBlockTypes: withoutPrefix,
  upBlockTypes: withoutPrefix,
  actFn: (value) => (typeof value === 'string' ? value.toLowerCase() : value),
};

/** `UNetResDownBlock2D` is an old name of `DownBlock2D`, and so on. */
function withoutPrefix(types: unknown): unknown {
  if (!Array.isArray(types)) return types;
  return types.map((type) => (typeof type === 'string' ? type.replace(/^UNetRes/, '') : type));
}
