import { ConfigError } from '@rddpm/core';
import { type ResolvedUNetConfig, resolveConfig, type UNetConfig } from './config.ts';

/** The content of diffusers' `unet/config.json`. */
export type DiffusersUNetConfig = { readonly _class_name: 'UNet2DModel' } & Readonly<Record<string, unknown>>;

/** Our options beside diffusers' name and default of each; `UNet2DModel` of diffusers 0.42. */
const FIELDS = {
  sampleSize: ['sample_size', null],
  inChannels: ['in_channels', 3],
  outChannels: ['out_channels', 3],
  blockOutChannels: ['block_out_channels', [224, 448, 672, 896]],
  layersPerBlock: ['layers_per_block', 2],
  downBlockTypes: ['down_block_types', ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D']],
  upBlockTypes: ['up_block_types', ['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D']],
  addAttention: ['add_attention', true],
  attentionHeadDim: ['attention_head_dim', 8],
  normNumGroups: ['norm_num_groups', 32],
  normEps: ['norm_eps', 1e-5],
  downsamplePadding: ['downsample_padding', 1],
  flipSinToCos: ['flip_sin_to_cos', true],
  freqShift: ['freq_shift', 0],
} as const satisfies Record<keyof ResolvedUNetConfig, readonly [string, unknown]>;

/** What `UNet2DModel` could do besides: the one value of each that is the same network as ours, which is diffusers' default. */
const FIXED: Readonly<Record<string, unknown>> = {
  center_input_sample: false,
  time_embedding_type: 'positional',
  time_embedding_dim: null,
  mid_block_type: 'UNetMidBlock2D',
  mid_block_scale_factor: 1,
  downsample_type: 'conv',
  upsample_type: 'conv',
  act_fn: 'silu',
  attn_norm_num_groups: null,
  resnet_time_scale_shift: 'default',
  class_embed_type: null,
  num_class_embeds: null,
};

/** Without influence on a prediction: dropout acts in training only, and the number of steps only on learned time embeddings. */
const WITHOUT_INFLUENCE: Readonly<Record<string, unknown>> = { dropout: 0, num_train_timesteps: null };

/** What `UNet2DModel.from_config` takes. @throws {ConfigError} if the network can't be built. */
export function toDiffusersConfig(config: UNetConfig): DiffusersUNetConfig {
  const resolved = resolveConfig(config);
  const fields = Object.entries(FIELDS).map(([name, [field]]) => [field, resolved[name as keyof ResolvedUNetConfig]]);
  return { _class_name: 'UNet2DModel', ...Object.fromEntries(fields), ...FIXED, ...WITHOUT_INFLUENCE };
}

/**
 * Reads the content of a `unet/config.json`; absent fields have diffusers' defaults.
 *
 * @throws {ConfigError} naming the field, if it isn't a `UNet2DModel` or asks for what this network doesn't do.
 */
export function fromDiffusersConfig(json: Readonly<Record<string, unknown>>): ResolvedUNetConfig {
  const fail = (reason: string): never => {
    throw new ConfigError(`fromDiffusersConfig: ${reason}`);
  };
  if (json._class_name !== 'UNet2DModel') fail(`_class_name is ${JSON.stringify(json._class_name)}; it must be "UNet2DModel"`);
  const known = new Set([...Object.values(FIELDS).map(([field]) => field), ...Object.keys(FIXED), ...Object.keys(WITHOUT_INFLUENCE)]);
  for (const [field, value] of Object.entries(json)) {
    if (!known.has(field) && !field.startsWith('_')) fail(`unknown field ${field}`);
    if (field in FIXED && value !== FIXED[field])
      fail(`${field} is ${JSON.stringify(value)}; only ${JSON.stringify(FIXED[field])} is supported`);
  }
  const read = Object.entries(FIELDS).map(([name, [field, standard]]) => [name, field in json ? json[field] : standard]);
  const config = Object.fromEntries(read) as ResolvedUNetConfig;
  return resolveConfig({ ...config, sampleSize: sideOf(json.sample_size) });
}

function sideOf(sampleSize: unknown): number {
  const [height, width] = Array.isArray(sampleSize) ? sampleSize : [sampleSize, sampleSize];
  if (typeof height === 'number' && height === width) return height;
  throw new ConfigError(`fromDiffusersConfig: sample_size is ${JSON.stringify(sampleSize)}; it must be a number, or two equal ones`);
}
