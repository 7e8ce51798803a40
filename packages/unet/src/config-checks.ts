/** Which configs make a network. What comes may be JSON that somebody else wrote: every field's type is checked, too. */
import { ConfigError, shown } from '@rddpm/core';
import { ACTIVATIONS } from './activations.ts';
import type { DownBlockType, ResolvedUNetConfig, UpBlockType } from './config.ts';

type Rule = { readonly holds: (value: unknown) => boolean; readonly must: string; readonly each?: Rule };

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isNumber = (value: unknown): value is number => Number.isFinite(value);

const whole: Rule = { holds: isWhole, must: 'a whole number of at least 1' };
const flag: Rule = { holds: (value) => typeof value === 'boolean', must: 'true or false' };
const orNull = (rule: Rule): Rule => ({ holds: (value) => value === null || rule.holds(value), must: `${rule.must}, or null` });
const oneOf = <Choice>(...choices: readonly Choice[]): Rule => ({
  holds: (value) => choices.includes(value as Choice),
  must: choices.length === 2 ? choices.join(' or ') : `one of ${choices.join(', ')}`,
});
const listOf = (each: Rule): Rule => ({ holds: Array.isArray, must: 'a list with an entry for each level', each });

const MOST_LAYERS = 100; // keeps a config that says 1e9 from filling the memory with names

const RULES: { readonly [Name in keyof ResolvedUNetConfig]: Rule } = {
  sampleSize: {
    holds: (value) => isWhole(value) || (Array.isArray(value) && value.length === 2 && value.every(isWhole)),
    must: 'a whole number of at least 1, or two of them: height and width',
  },
  inChannels: whole,
  outChannels: whole,
  centerInputSample: flag,
  blockOutChannels: listOf(whole),
  layersPerBlock: { holds: (value) => isWhole(value) && value <= MOST_LAYERS, must: `a whole number from 1 to ${MOST_LAYERS}` },
  downBlockTypes: listOf(oneOf<DownBlockType>('DownBlock2D', 'AttnDownBlock2D', 'ResnetDownsampleBlock2D')),
  upBlockTypes: listOf(oneOf<UpBlockType>('UpBlock2D', 'AttnUpBlock2D', 'ResnetUpsampleBlock2D')),
  downsampleType: oneOf('conv', 'resnet'),
  upsampleType: oneOf('conv', 'resnet'),
  downsamplePadding: oneOf(0, 1),
  addAttention: flag,
  attentionHeadDim: orNull(whole),
  midBlockScaleFactor: { holds: (value) => isNumber(value) && value !== 0, must: 'a number other than 0' },
  actFn: oneOf(...Object.keys(ACTIVATIONS)),
  normNumGroups: whole,
  attnNormNumGroups: orNull(whole),
  normEps: { holds: (value) => isNumber(value) && value > 0, must: 'a number above 0' },
  resnetTimeScaleShift: oneOf('default', 'scale_shift'),
  timeEmbeddingType: oneOf('positional', 'fourier'),
  timeEmbeddingDim: orNull(whole),
  flipSinToCos: flag,
  freqShift: { holds: isNumber, must: 'a number' },
  dropout: { holds: (value) => isNumber(value) && value >= 0 && value <= 1, must: 'a number from 0 to 1' },
};

/** @throws {ConfigError} naming the field, unless its value is of the kind that it must be. */
export function assertField(name: keyof ResolvedUNetConfig, value: unknown): void {
  assertRule(name, value, RULES[name]);
}

/** @throws {ConfigError} naming the field that is wrong, or the two that contradict each other. */
export function assertConfig(config: ResolvedUNetConfig): void {
  for (const name of Object.keys(RULES) as (keyof ResolvedUNetConfig)[]) assertField(name, config[name]);
  const { sampleSize, blockOutChannels, downBlockTypes, upBlockTypes, normNumGroups } = config;
  const levels = blockOutChannels.length;
  if (levels === 0) throw new ConfigError('createUNet: blockOutChannels is []; it needs the channels of at least one level');
  for (const [name, { length }] of Object.entries({ downBlockTypes, upBlockTypes })) {
    if (length === levels) continue;
    throw new ConfigError(`createUNet: ${name} has ${length} entries but blockOutChannels has ${levels}; both need one per level`);
  }
  blockOutChannels.forEach((channels, level) => {
    assertDivisible(`blockOutChannels[${level}] is ${channels},`, channels, normNumGroups, `normNumGroups ${normNumGroups}`);
  });
  assertAttention(config);
  if (config.timeEmbeddingType === 'positional') assertFrequencies(config);
  const unit = 2 ** (levels - 1);
  for (const side of [sampleSize].flat()) {
    assertDivisible(`sampleSize ${sampleSize} is`, side, unit, `${unit} (${levels} levels)`);
  }
}

function assertRule(what: string, value: unknown, { holds, must, each }: Rule): void {
  if (!holds(value)) throw new ConfigError(`createUNet: ${what} is ${shown(value)}; it must be ${must}`);
  if (each) (value as unknown[]).forEach((entry, i) => void assertRule(`${what}[${i}]`, entry, each));
}

function assertAttention({ attentionHeadDim, attnNormNumGroups, ...config }: ResolvedUNetConfig): void {
  const { blockOutChannels, downBlockTypes, upBlockTypes, addAttention } = config;
  const last = blockOutChannels.length - 1;
  blockOutChannels.forEach((channels, level) => {
    const atBottom = level === last && addAttention;
    const attends = atBottom || downBlockTypes[level] === 'AttnDownBlock2D' || upBlockTypes[last - level] === 'AttnUpBlock2D';
    const what = `blockOutChannels[${level}] is ${channels},`;
    if (attends && attentionHeadDim !== null) {
      assertDivisible(what, channels, attentionHeadDim, `attentionHeadDim ${attentionHeadDim}`);
    }
    if (atBottom && attnNormNumGroups !== null) {
      assertDivisible(what, channels, attnNormNumGroups, `attnNormNumGroups ${attnNormNumGroups}`);
    }
  });
}

function assertFrequencies({ blockOutChannels, freqShift }: ResolvedUNetConfig): void {
  const width = blockOutChannels[0]!;
  if (width % 2 !== 0) {
    throw new ConfigError(`createUNet: blockOutChannels[0] is ${width}; it must be even, half sines and half cosines of the time`);
  }
  if (freqShift < width / 2) return;
  throw new ConfigError(`createUNet: freqShift is ${freqShift}; it must be below blockOutChannels[0] / 2 = ${width / 2}`);
}

function assertDivisible(what: string, value: number, unit: number, unitName: string): void {
  if (value % unit === 0) return;
  const below = Math.floor(value / unit) * unit;
  const suggestion = below > 0 ? `${below} or ${below + unit}` : `${unit}`;
  throw new ConfigError(`createUNet: ${what} not divisible by ${unitName}; try ${suggestion}`);
}
