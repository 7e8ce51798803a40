import { ConfigError } from '@rddpm/core';
import { createUNet, fromDiffusersConfig, parameterShapes, type ResolvedUNetConfig, toDiffusersConfig } from '@rddpm/unet';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const MODEL = { _class_name: 'UNet2DModel' };

test('comes back from diffusers as it went', () => {
  const { config } = createUNet({
    sampleSize: 32,
    inChannels: 1,
    blockOutChannels: [8, 16],
    layersPerBlock: 2,
    downBlockTypes: ['AttnDownBlock2D', 'DownBlock2D'],
    attentionHeadDim: null,
    freqShift: 1,
    actFn: 'mish',
  });
  const json = JSON.parse(JSON.stringify(toDiffusersConfig(config)));
  expect(json).toMatchObject({ _class_name: 'UNet2DModel', block_out_channels: [8, 16], act_fn: 'mish', attention_head_dim: null });
  expect(fromDiffusersConfig(json)).toEqual(config);
});

test("absent fields have diffusers' defaults", () => {
  const config = fromDiffusersConfig({ ...MODEL, _diffusers_version: '0.42.1', sample_size: [32, 32] });
  expect(config).toMatchObject({
    sampleSize: 32,
    blockOutChannels: [224, 448, 672, 896],
    layersPerBlock: 2,
    addAttention: true,
    normNumGroups: 32,
  });
});

test('sides that differ stay two', () => {
  expect(fromDiffusersConfig({ ...MODEL, sample_size: [32, 64] }).sampleSize).toEqual([32, 64]);
});

test('names are read as diffusers reads them: old ones of blocks, and activations in any case', () => {
  const levels = { sample_size: 8, block_out_channels: [32, 32] };
  const old = {
    down_block_types: ['UNetResDownBlock2D', 'UNetResAttnDownBlock2D'],
    up_block_types: ['UNetResAttnUpBlock2D', 'UNetResUpBlock2D'],
    act_fn: 'SiLU',
  };
  const today = {
    down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
    act_fn: 'silu',
  };
  expect(fromDiffusersConfig({ ...MODEL, ...levels, ...old })).toEqual(fromDiffusersConfig({ ...MODEL, ...levels, ...today }));
});

test.each([
  [null, 'fromDiffusersConfig: the config is null; it must be an object'],
  [7, 'fromDiffusersConfig: the config is 7; it must be an object'],
  [{ _class_name: 'UNet2DConditionModel' }, 'fromDiffusersConfig: _class_name is "UNet2DConditionModel"; it must be "UNet2DModel"'],
  [[], 'fromDiffusersConfig: _class_name is undefined; it must be "UNet2DModel"'],
  [{ ...MODEL, skip_type: 'sum' }, 'fromDiffusersConfig: unknown field skip_type'],
  [{ ...MODEL, mid_block_type: null }, 'fromDiffusersConfig: mid_block_type is null; only "UNetMidBlock2D" is supported'],
  [{ ...MODEL, class_embed_type: 'timestep' }, 'fromDiffusersConfig: class_embed_type is "timestep"; only null is supported'],
  [{ ...MODEL, num_class_embeds: 10 }, 'fromDiffusersConfig: num_class_embeds is 10; only null is supported'],
  [
    { ...MODEL, sample_size: 32, time_embedding_type: 'learned' },
    'createUNet: timeEmbeddingType is "learned"; it must be positional or fourier',
  ],
  [
    { ...MODEL, sample_size: null },
    'createUNet: sampleSize is null; it must be a whole number of at least 1, or two of them: height and width',
  ],
])('refuses %j', (json, message) => {
  expect(() => fromDiffusersConfig(json)).toThrow(new ConfigError(message));
});

/** Nothing if it was refused as it should be. */
function read(json: unknown): ResolvedUNetConfig | undefined {
  try {
    return fromDiffusersConfig(json);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return undefined;
  }
}

test('any JSON is refused by a ConfigError', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.dictionary(fc.string(), fc.jsonValue()).map((fields) => ({ ...fields, ...MODEL })),
      ),
      (json) => {
        read(json);
      },
    ),
    { numRuns: 300 },
  );
});

test('a model with any fields replaced by any JSON is refused by a ConfigError, or a network that can be built', () => {
  const model = { ...toDiffusersConfig({ sampleSize: 16, blockOutChannels: [8, 16], addAttention: true }) };
  const value = fc.oneof(
    fc.jsonValue(),
    fc.integer({ min: -1, max: 20 }),
    fc.constantFrom(
      1e9,
      2 ** 53,
      0.5,
      true,
      null,
      '',
      'resnet',
      'scale_shift',
      'fourier',
      'gelu',
      [16, 8],
      [8, 8, 8],
      ['DownBlock2D', 'AttnDownBlock2D'],
    ),
  );
  const replaced = fc.dictionary(fc.constantFrom(...Object.keys(model)), value, { maxKeys: 3 });
  let built = 0;
  fc.assert(
    fc.property(replaced, (fields) => {
      const config = read({ ...model, ...fields });
      if (!config) return;
      expect(createUNet(config).config).toEqual(config);
      expect(fromDiffusersConfig(toDiffusersConfig(config))).toEqual(config);
      expect(Object.keys(parameterShapes(config))).toContain('conv_out.bias');
      built++;
    }),
    { numRuns: 1000 },
  );
  expect(built).toBeGreaterThan(100);
});
