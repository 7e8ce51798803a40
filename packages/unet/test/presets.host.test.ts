import { countParameters, createUNet, fromDiffusersConfig, toDiffusersConfig, UNET_PRESETS, type UNetPreset } from '@rddpm/unet';
import { describe, expect, test } from 'vitest';
import json from './goldens/unet2d.json' with { type: 'json' };

const { large } = json as unknown as { large: { name: UNetPreset; config: Record<string, unknown>; parameters: number }[] };

test('rddpm-64 is the default network', () => {
  expect(createUNet(UNET_PRESETS['rddpm-64']).config).toEqual(createUNet({ sampleSize: 64 }).config);
});

test.each([
  ['rddpm-small', 64, 0.6],
  ['rddpm-64', 64, 2.5],
  ['rddpm-256', 256, 4.6],
] as const)('%s is for %i pixels and has %f million parameters', (name, size, millions) => {
  expect(UNET_PRESETS[name].sampleSize).toBe(size);
  expect(countParameters(UNET_PRESETS[name]) / 1e6).toBeCloseTo(millions, 1);
});

describe.each(large)("$name is diffusers' UNet2DModel of the same config:", ({ name, config, parameters }) => {
  test('field by field', () => {
    expect(createUNet(UNET_PRESETS[name]).config).toEqual(fromDiffusersConfig(config));
    expect(toDiffusersConfig(UNET_PRESETS[name])).toEqual(config);
  });

  test(`with its ${parameters} parameters`, () => {
    expect(countParameters(UNET_PRESETS[name])).toBe(parameters);
  });
});

test('there is a golden for each that comes from elsewhere', () => {
  expect(Object.keys(UNET_PRESETS)).toEqual(['rddpm-small', 'rddpm-64', 'rddpm-256', ...large.map(({ name }) => name)]);
});
