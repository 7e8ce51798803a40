import { ConfigError } from '@rddpm/core';
import { countParameters, createUNet, type UNetConfig } from '@rddpm/unet';
import { expect, test } from 'vitest';

test('defaults to 2.5 million parameters', () => {
  expect(countParameters({ sampleSize: 64 }) / 1e6).toBeCloseTo(2.5, 1);
});

test('mirrors the blocks of the way down', () => {
  const { config } = createUNet({
    sampleSize: 32,
    blockOutChannels: [8, 16, 16],
    downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D'],
  });
  expect(config.upBlockTypes).toEqual(['UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D']);
});

test.each<[UNetConfig | Record<string, unknown>, string]>([
  [{ sampleSize: 100, blockOutChannels: [8, 8, 8, 8] }, 'createUNet: sampleSize 100 is not divisible by 8 (4 levels); try 96 or 104'],
  [{ sampleSize: 2 }, 'createUNet: sampleSize 2 is not divisible by 4 (3 levels); try 4'],
  [{}, 'createUNet: sampleSize is undefined; it must be a whole number of at least 1'],
  [{ sampleSize: 64, inChannels: 0 }, 'createUNet: inChannels is 0; it must be a whole number of at least 1'],
  [{ sampleSize: 64, blockOutChannels: [32, 60] }, 'createUNet: blockOutChannels[1] is 60, not divisible by normNumGroups 8; try 56 or 64'],
  [
    { sampleSize: 64, blockOutChannels: [3, 6], normNumGroups: 3 },
    'createUNet: blockOutChannels[0] is 3; it must be even, half sines and half cosines of the time',
  ],
  [{ sampleSize: 64, blockOutChannels: [] }, 'createUNet: blockOutChannels is []; it needs the channels of at least one level'],
  [
    { sampleSize: 64, downBlockTypes: ['DownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'] },
    "createUNet: downBlockTypes[1] is 'CrossAttnDownBlock2D'; it must be one of DownBlock2D, AttnDownBlock2D",
  ],
  [
    { sampleSize: 64, upBlockTypes: ['UpBlock2D', 'UpBlock2D'] },
    'createUNet: upBlockTypes has 2 entries but blockOutChannels has 3; both need one per level',
  ],
  [
    { sampleSize: 64, blockOutChannels: [8, 24], attentionHeadDim: 16, addAttention: true },
    'createUNet: blockOutChannels[1] is 24, not divisible by attentionHeadDim 16; try 16 or 32',
  ],
  [{ sampleSize: 64, normEps: 0 }, 'createUNet: normEps is 0; it must be a number above 0'],
  [{ sampleSize: 64, downsamplePadding: 2 }, 'createUNet: downsamplePadding is 2; it must be 0 or 1'],
  [{ sampleSize: 64, freqShift: 16 }, 'createUNet: freqShift is 16; it must be below blockOutChannels[0] / 2 = 16'],
])('refuses %j', (config, message) => {
  expect(() => createUNet(config as UNetConfig)).toThrow(new ConfigError(message));
});

test('refuses options that it does not have', () => {
  expect(() => createUNet({ sampleSize: 64, blockChannels: [8] } as UNetConfig)).toThrow(
    /^createUNet: unknown option 'blockChannels'; the options are sampleSize, inChannels, /,
  );
});
