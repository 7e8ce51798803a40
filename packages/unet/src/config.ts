import { assertPositiveInteger, ConfigError } from '@rddpm/core';

export type DownBlockType = 'DownBlock2D' | 'AttnDownBlock2D';
export type UpBlockType = 'UpBlock2D' | 'AttnUpBlock2D';

/** What a U-Net is made of: the options of diffusers' `UNet2DModel`, in camel case. */
export type UNetConfig = {
  /** Height and width in pixels; divisible by 2 for every level but the last. */
  readonly sampleSize: number;
  /** @defaultValue 3 */
  readonly inChannels?: number;
  /** @defaultValue `inChannels` */
  readonly outChannels?: number;
  /** Channels of each level, finest first; each divisible by `normNumGroups`. @defaultValue [32, 64, 128] */
  readonly blockOutChannels?: readonly number[];
  /** Residual blocks per level on the way down; one more on the way up. @defaultValue 1 */
  readonly layersPerBlock?: number;
  /** Finest first: `'AttnDownBlock2D'` puts self-attention behind each residual block. @defaultValue all `'DownBlock2D'` */
  readonly downBlockTypes?: readonly DownBlockType[];
  /** Coarsest first. @defaultValue `downBlockTypes` mirrored */
  readonly upBlockTypes?: readonly UpBlockType[];
  /** Self-attention between the two residual blocks at the bottom. @defaultValue false */
  readonly addAttention?: boolean;
  /** Channels per attention head; `null` is one head over all channels. @defaultValue 8 */
  readonly attentionHeadDim?: number | null;
  /** @defaultValue 8 */
  readonly normNumGroups?: number;
  /** @defaultValue 1e-5 */
  readonly normEps?: number;
  /** Zeros around the image before a strided convolution; 0 pads below and to the right only, as older models do. @defaultValue 1 */
  readonly downsamplePadding?: 0 | 1;
  /** Whether the time embedding's cosines come first. @defaultValue true */
  readonly flipSinToCos?: boolean;
  /** Taken from the number of frequencies in the time embedding's exponent. @defaultValue 0 */
  readonly freqShift?: number;
};

export type ResolvedUNetConfig = Required<UNetConfig>;

const DOWN_BLOCK_TYPES = ['DownBlock2D', 'AttnDownBlock2D'] as const;
const UP_BLOCK_TYPES = ['UpBlock2D', 'AttnUpBlock2D'] as const;

/**
 * Fills in the defaults.
 *
 * @throws {ConfigError} naming the field, if the network can't be built.
 */
export function resolveConfig(config: UNetConfig): ResolvedUNetConfig {
  const { blockOutChannels = [32, 64, 128], inChannels = 3 } = config;
  const { downBlockTypes = blockOutChannels.map(() => 'DownBlock2D' as const) } = config;
  const resolved: ResolvedUNetConfig = {
    sampleSize: config.sampleSize,
    inChannels,
    outChannels: config.outChannels ?? inChannels,
    blockOutChannels,
    layersPerBlock: config.layersPerBlock ?? 1,
    downBlockTypes,
    upBlockTypes: config.upBlockTypes ?? downBlockTypes.toReversed().map(mirrored),
    addAttention: config.addAttention ?? false,
    attentionHeadDim: config.attentionHeadDim === undefined ? 8 : config.attentionHeadDim,
    normNumGroups: config.normNumGroups ?? 8,
    normEps: config.normEps ?? 1e-5,
    downsamplePadding: config.downsamplePadding ?? 1,
    flipSinToCos: config.flipSinToCos ?? true,
    freqShift: config.freqShift ?? 0,
  };
  const unknown = Object.keys(config).filter((name) => !(name in resolved));
  if (unknown.length > 0) {
    throw new ConfigError(`createUNet: unknown option '${unknown[0]}'; the options are ${Object.keys(resolved).join(', ')}`);
  }
  assertConfig(resolved);
  return resolved;
}

/** How many times the image is halved. */
export function halvings(config: ResolvedUNetConfig): number {
  return config.blockOutChannels.length - 1;
}

const mirrored = (type: DownBlockType): UpBlockType => (type === 'AttnDownBlock2D' ? 'AttnUpBlock2D' : 'UpBlock2D');

function assertConfig(config: ResolvedUNetConfig): void {
  const { sampleSize, blockOutChannels, downBlockTypes, upBlockTypes, normNumGroups, normEps, downsamplePadding, freqShift } = config;
  if (blockOutChannels.length === 0)
    throw new ConfigError('createUNet: blockOutChannels is []; it needs the channels of at least one level');
  for (const name of ['sampleSize', 'inChannels', 'outChannels', 'layersPerBlock', 'normNumGroups'] as const) {
    assertPositiveInteger(`createUNet: ${name}`, config[name]);
  }
  blockOutChannels.forEach((channels, level) => {
    assertPositiveInteger(`createUNet: blockOutChannels[${level}]`, channels);
    if (channels % normNumGroups === 0) return;
    throw new ConfigError(
      `createUNet: blockOutChannels[${level}] is ${channels}, not divisible by normNumGroups ${normNumGroups}; ` +
        `try ${neighbours(channels, normNumGroups)}`,
    );
  });
  if (blockOutChannels[0]! % 2 !== 0) {
    throw new ConfigError(
      `createUNet: blockOutChannels[0] is ${blockOutChannels[0]}; it must be even, half sines and half cosines of the time`,
    );
  }
  assertBlockTypes('downBlockTypes', downBlockTypes, DOWN_BLOCK_TYPES, blockOutChannels.length);
  assertBlockTypes('upBlockTypes', upBlockTypes, UP_BLOCK_TYPES, blockOutChannels.length);
  assertHeads(config);
  const unit = 2 ** halvings(config);
  if (sampleSize % unit !== 0) {
    throw new ConfigError(
      `createUNet: sampleSize ${sampleSize} is not divisible by ${unit} (${blockOutChannels.length} levels); try ${neighbours(sampleSize, unit)}`,
    );
  }
  if (!(Number.isFinite(normEps) && normEps > 0)) throw new ConfigError(`createUNet: normEps is ${normEps}; it must be a number above 0`);
  if (downsamplePadding !== 0 && downsamplePadding !== 1) {
    throw new ConfigError(`createUNet: downsamplePadding is ${downsamplePadding}; it must be 0 or 1`);
  }
  if (!(Number.isFinite(freqShift) && freqShift < blockOutChannels[0]! / 2)) {
    throw new ConfigError(`createUNet: freqShift is ${freqShift}; it must be below blockOutChannels[0] / 2 = ${blockOutChannels[0]! / 2}`);
  }
}

function assertBlockTypes(field: string, types: readonly string[], known: readonly string[], levels: number): void {
  if (types.length !== levels) {
    throw new ConfigError(`createUNet: ${field} has ${types.length} entries but blockOutChannels has ${levels}; both need one per level`);
  }
  types.forEach((type, level) => {
    if (!known.includes(type)) throw new ConfigError(`createUNet: ${field}[${level}] is '${type}'; it must be one of ${known.join(', ')}`);
  });
}

function assertHeads(config: ResolvedUNetConfig): void {
  const { attentionHeadDim, blockOutChannels, downBlockTypes, upBlockTypes, addAttention } = config;
  if (attentionHeadDim === null) return;
  assertPositiveInteger('createUNet: attentionHeadDim', attentionHeadDim);
  const last = blockOutChannels.length - 1;
  blockOutChannels.forEach((channels, level) => {
    const attends =
      downBlockTypes[level] === 'AttnDownBlock2D' || upBlockTypes[last - level] === 'AttnUpBlock2D' || (level === last && addAttention);
    if (!attends || channels % attentionHeadDim === 0) return;
    throw new ConfigError(
      `createUNet: blockOutChannels[${level}] is ${channels}, not divisible by attentionHeadDim ${attentionHeadDim}; ` +
        `try ${neighbours(channels, attentionHeadDim)}`,
    );
  });
}

function neighbours(value: number, unit: number): string {
  const below = Math.floor(value / unit) * unit;
  return below > 0 ? `${below} or ${below + unit}` : `${unit}`;
}
