import { ConfigError, definedFields } from '@rddpm/core';
import type { DownBlockType, ResolvedUNetConfig, UNetConfig, UpBlockType } from './config.ts';
import { assertConfig, assertField } from './config-checks.ts';

/**
 * Fills in the defaults. Every field may be of any type, such as JSON from elsewhere has.
 *
 * @throws {ConfigError} naming the field, if the network can't be built.
 */
export function resolveConfig(config: UNetConfig): ResolvedUNetConfig {
  const { blockOutChannels = [32, 64, 128] } = config;
  assertField('blockOutChannels', blockOutChannels);
  const { downBlockTypes = blockOutChannels.map(() => 'DownBlock2D' as const) } = config;
  assertField('downBlockTypes', downBlockTypes);
  const { inChannels = 3 } = config;
  const defaults: ResolvedUNetConfig = {
    sampleSize: config.sampleSize,
    inChannels,
    outChannels: inChannels,
    centerInputSample: false,
    blockOutChannels,
    layersPerBlock: 1,
    downBlockTypes,
    upBlockTypes: downBlockTypes.toReversed().map((type) => MIRRORED[type]),
    downsampleType: 'conv',
    upsampleType: 'conv',
    downsamplePadding: 1,
    addAttention: false,
    attentionHeadDim: 8,
    midBlockScaleFactor: 1,
    actFn: 'silu',
    normNumGroups: 8,
    attnNormNumGroups: null,
    normEps: 1e-5,
    resnetTimeScaleShift: 'default',
    timeEmbeddingType: 'positional',
    timeEmbeddingDim: null,
    flipSinToCos: true,
    freqShift: 0,
    dropout: 0,
  };
  const given = definedFields(config);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(defaults, name));
  if (unknown !== undefined) {
    throw new ConfigError(`createUNet: unknown option '${unknown}'; the options are ${Object.keys(defaults).join(', ')}`);
  }
  const resolved: ResolvedUNetConfig = { ...defaults, ...given };
  assertConfig(resolved);
  return resolved;
}

const MIRRORED: Readonly<Record<DownBlockType, UpBlockType>> = {
  DownBlock2D: 'UpBlock2D',
  AttnDownBlock2D: 'AttnUpBlock2D',
  ResnetDownsampleBlock2D: 'ResnetUpsampleBlock2D',
};
