import { ConfigError } from '@rddpm/core';
import { createUNet, fromDiffusersConfig, toDiffusersConfig } from '@rddpm/unet';
import { expect, test } from 'vitest';

test('comes back from diffusers as it went', () => {
  const { config } = createUNet({
    sampleSize: 32,
    inChannels: 1,
    blockOutChannels: [8, 16],
    layersPerBlock: 2,
    downBlockTypes: ['AttnDownBlock2D', 'DownBlock2D'],
    attentionHeadDim: null,
    freqShift: 1,
  });
  const json = JSON.parse(JSON.stringify(toDiffusersConfig(config)));
  expect(json).toMatchObject({ _class_name: 'UNet2DModel', block_out_channels: [8, 16], act_fn: 'silu', attention_head_dim: null });
  expect(fromDiffusersConfig(json)).toEqual(config);
});

test("absent fields have diffusers' defaults", () => {
  const config = fromDiffusersConfig({ _class_name: 'UNet2DModel', _diffusers_version: '0.42.1', sample_size: [32, 32] });
  expect(config).toMatchObject({
    sampleSize: 32,
    blockOutChannels: [224, 448, 672, 896],
    layersPerBlock: 2,
    addAttention: true,
    normNumGroups: 32,
  });
});

test.each([
  [{ _class_name: 'UNet2DConditionModel' }, 'fromDiffusersConfig: _class_name is "UNet2DConditionModel"; it must be "UNet2DModel"'],
  [
    { _class_name: 'UNet2DModel', sample_size: 32, time_embedding_type: 'fourier' },
    'fromDiffusersConfig: time_embedding_type is "fourier"; only "positional" is supported',
  ],
  [{ _class_name: 'UNet2DModel', sample_size: 32, skip_type: 'sum' }, 'fromDiffusersConfig: unknown field skip_type'],
  [
    { _class_name: 'UNet2DModel', sample_size: [32, 64] },
    'fromDiffusersConfig: sample_size is [32,64]; it must be a number, or two equal ones',
  ],
  [{ _class_name: 'UNet2DModel' }, 'fromDiffusersConfig: sample_size is undefined; it must be a number, or two equal ones'],
])('refuses %j', (json, message) => {
  expect(() => fromDiffusersConfig(json)).toThrow(new ConfigError(message));
});
