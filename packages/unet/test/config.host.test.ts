import { ConfigError, createRng } from '@rddpm/core';
import { countParameters, createUNet, parameterShapes, type UNetConfig } from '@rddpm/unet';
import { describe, expect, test } from 'vitest';

test('defaults to 2.5 million parameters', () => {
  expect(countParameters({ sampleSize: 64 }) / 1e6).toBeCloseTo(2.5, 1);
});

test('mirrors the blocks of the way down', () => {
  const { config } = createUNet({
    sampleSize: 32,
    blockOutChannels: [8, 16, 16],
    downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D', 'ResnetDownsampleBlock2D'],
  });
  expect(config.upBlockTypes).toEqual(['ResnetUpsampleBlock2D', 'AttnUpBlock2D', 'UpBlock2D']);
});

test('an option that is undefined has its default', () => {
  expect(createUNet({ sampleSize: 64, normEps: undefined } as unknown as UNetConfig).config).toEqual(createUNet({ sampleSize: 64 }).config);
});

describe('what predicts but can’t be trained is refused where training starts:', () => {
  test.each<[string, Partial<UNetConfig>, RegExp]>([
    ['dropout', { dropout: 0.1 }, /^UNet\.init: dropout is 0\.1, .* set dropout to 0$/],
    ['random frequencies', { timeEmbeddingType: 'fourier' }, /^UNet\.init: timeEmbeddingType is fourier, .* use 'positional'$/],
  ])('%s', (_, options, message) => {
    const config: UNetConfig = { sampleSize: 8, blockOutChannels: [8], ...options };
    const { init } = createUNet(config);
    expect(() => init(createRng(0))).toThrow(ConfigError);
    expect(() => init(createRng(0))).toThrow(message);
    expect(parameterShapes(config)).toHaveProperty(['conv_in.weight'], [8, 3, 3, 3]);
  });
});

test.each<[UNetConfig | Record<string, unknown>, string]>([
  [{ sampleSize: 100, blockOutChannels: [8, 8, 8, 8] }, 'sampleSize 100 is not divisible by 8 (4 levels); try 96 or 104'],
  [{ sampleSize: 2 }, 'sampleSize 2 is not divisible by 4 (3 levels); try 4'],
  [{ sampleSize: [32, 30] }, 'sampleSize 32,30 is not divisible by 4 (3 levels); try 28 or 32'],
  [{}, 'sampleSize is undefined; it must be a whole number of at least 1, or two of them: height and width'],
  [{ sampleSize: [64] }, 'sampleSize is [64]; it must be a whole number of at least 1, or two of them: height and width'],
  [{ sampleSize: 64, inChannels: 0 }, 'inChannels is 0; it must be a whole number of at least 1'],
  [{ sampleSize: 64, inChannels: '3' }, 'inChannels is "3"; it must be a whole number of at least 1'],
  [{ sampleSize: 64, outChannels: null }, 'outChannels is null; it must be a whole number of at least 1'],
  [{ sampleSize: 64, centerInputSample: 1 }, 'centerInputSample is 1; it must be true or false'],
  [{ sampleSize: 64, layersPerBlock: 1e9 }, 'layersPerBlock is 1000000000; it must be a whole number from 1 to 100'],
  [{ sampleSize: 64, blockOutChannels: 32 }, 'blockOutChannels is 32; it must be a list with an entry for each level'],
  [{ sampleSize: 64, blockOutChannels: [32, [64]] }, 'blockOutChannels[1] is [64]; it must be a whole number of at least 1'],
  [{ sampleSize: 64, blockOutChannels: [32, 60] }, 'blockOutChannels[1] is 60, not divisible by normNumGroups 8; try 56 or 64'],
  [
    { sampleSize: 64, blockOutChannels: [3, 6], normNumGroups: 3 },
    'blockOutChannels[0] is 3; it must be even, half sines and half cosines of the time',
  ],
  [{ sampleSize: 64, blockOutChannels: [] }, 'blockOutChannels is []; it needs the channels of at least one level'],
  [
    { sampleSize: 64, downBlockTypes: ['DownBlock2D', 'SkipDownBlock2D', 'DownBlock2D'] },
    'downBlockTypes[1] is "SkipDownBlock2D"; it must be one of DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D',
  ],
  [
    { sampleSize: 64, upBlockTypes: ['UpBlock2D', 'UpBlock2D'] },
    'upBlockTypes has 2 entries but blockOutChannels has 3; both need one per level',
  ],
  [{ sampleSize: 64, downsampleType: 'fir' }, 'downsampleType is "fir"; it must be conv or resnet'],
  [{ sampleSize: 64, upsampleType: null }, 'upsampleType is null; it must be conv or resnet'],
  [{ sampleSize: 64, downsamplePadding: 2 }, 'downsamplePadding is 2; it must be 0 or 1'],
  [{ sampleSize: 64, addAttention: 'yes' }, 'addAttention is "yes"; it must be true or false'],
  [{ sampleSize: 64, attentionHeadDim: 0 }, 'attentionHeadDim is 0; it must be a whole number of at least 1, or null'],
  [
    { sampleSize: 64, blockOutChannels: [8, 24], attentionHeadDim: 16, addAttention: true },
    'blockOutChannels[1] is 24, not divisible by attentionHeadDim 16; try 16 or 32',
  ],
  [{ sampleSize: 64, midBlockScaleFactor: 0 }, 'midBlockScaleFactor is 0; it must be a number other than 0'],
  [{ sampleSize: 64, actFn: 'tanh' }, 'actFn is "tanh"; it must be one of silu, swish, mish, gelu, relu'],
  [{ sampleSize: 64, normNumGroups: null }, 'normNumGroups is null; it must be a whole number of at least 1'],
  [
    { sampleSize: 64, attnNormNumGroups: 3, addAttention: true },
    'blockOutChannels[2] is 128, not divisible by attnNormNumGroups 3; try 126 or 129',
  ],
  [{ sampleSize: 64, normEps: 0 }, 'normEps is 0; it must be a number above 0'],
  [{ sampleSize: 64, resnetTimeScaleShift: 'ada_group' }, 'resnetTimeScaleShift is "ada_group"; it must be default or scale_shift'],
  [{ sampleSize: 64, timeEmbeddingType: 'learned' }, 'timeEmbeddingType is "learned"; it must be positional or fourier'],
  [{ sampleSize: 64, timeEmbeddingDim: 1.5 }, 'timeEmbeddingDim is 1.5; it must be a whole number of at least 1, or null'],
  [{ sampleSize: 64, flipSinToCos: {} }, 'flipSinToCos is {}; it must be true or false'],
  [{ sampleSize: 64, freqShift: 16 }, 'freqShift is 16; it must be below blockOutChannels[0] / 2 = 16'],
  [{ sampleSize: 64, freqShift: Number.NaN }, 'freqShift is NaN; it must be a number'],
  [{ sampleSize: 64, dropout: 1.1 }, 'dropout is 1.1; it must be a number from 0 to 1'],
])('refuses %j', (config, message) => {
  expect(() => createUNet(config as UNetConfig)).toThrow(new ConfigError(`createUNet: ${message}`));
});

test.each(['blockChannels', 'toString', '__proto__', ''])('refuses an option %j, which it does not have', (name) => {
  const config = { sampleSize: 64, ...JSON.parse(`{ "${name}": 1 }`) };
  Object.defineProperty(config, name, { value: 1, enumerable: true });
  expect(() => createUNet(config as UNetConfig)).toThrow(
    new RegExp(`^createUNet: unknown option '${name}'; the options are sampleSize, inChannels, `),
  );
});
