import { ConfigError, decodeSafetensors, encodeSafetensors, FormatError, type HostWeights } from '@rddpm/core';
import { createUNet, decodeModel, encodeModel, parameterShapes, toDiffusersConfig, type UNetConfig } from '@rddpm/unet';
import { describe, expect, test } from 'vitest';

const { config } = createUNet({ sampleSize: 8, inChannels: 1, blockOutChannels: [8, 16] });
const weights = weightsOf(config);
const json = JSON.stringify(toDiffusersConfig(config));

test('a model comes back whole, with the texts that travelled along', () => {
  const { network, weights: read, metadata } = decodeModel(encodeModel({ config, weights, metadata: { 'rddpm.json': '{}' } }));
  expect(network.config).toEqual(config);
  expect(read).toEqual(weights);
  expect(metadata).toEqual({ format: 'pt', 'rddpm.json': '{}', 'unet/config.json': json });
});

test('the file is what diffusers expects: plain tensors, format pt', () => {
  const { tensors, metadata } = decodeSafetensors(encodeModel({ config, weights }));
  expect(tensors).toEqual(weights);
  expect(metadata.format).toBe('pt');
});

test('a config that lies beside the file goes before the one within', () => {
  const bytes = encodeSafetensors(weights, { format: 'pt' });
  expect(decodeModel(bytes, { config: toDiffusersConfig(config) }).network.config).toEqual(config);
  const wider = toDiffusersConfig({ ...config, blockOutChannels: [8, 24] });
  expect(() => decodeModel(encodeModel({ config, weights }), { config: wider, source: 'a.safetensors' })).toThrow(
    /a\.safetensors: '.+' is \[.+\]; the network of its config needs \[.*24.*\]/,
  );
});

describe("attention's projections under the names that older diffusers gave them", () => {
  const attending = {
    sampleSize: 8,
    blockOutChannels: [8, 8],
    downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D'],
    addAttention: true,
  } as const;
  const today = weightsOf(attending);
  const old = (name: string) =>
    name.replace('.to_q.', '.query.').replace('.to_k.', '.key.').replace('.to_v.', '.value.').replace('.to_out.0.', '.proj_attn.');
  const aged = Object.fromEntries(Object.entries(today).map(([name, weight]) => [old(name), weight]));
  const config = toDiffusersConfig(attending);

  test('come back under those of today', () => {
    expect(Object.keys(aged)).toContain('mid_block.attentions.0.proj_attn.bias');
    expect(decodeModel(encodeSafetensors(aged), { config }).weights).toEqual(today);
  });

  test('are refused beside those of today', () => {
    const name = 'mid_block.attentions.0.query.weight';
    expect(() => decodeModel(encodeSafetensors({ ...today, [name]: aged[name]! }), { config })).toThrow(
      new FormatError(`model: there is '${name}', which the network of its config does not have`),
    );
  });
});

test('metadata can not take the names that the file needs', () => {
  expect(() => encodeModel({ config, weights, metadata: { format: 'tf' } })).toThrow(ConfigError);
});

test("weights of another network aren't written", () => {
  const { 'conv_in.bias': _, ...rest } = weights;
  expect(() => encodeModel({ config, weights: rest })).toThrow(/'conv_in\.bias' is missing; the network of its config needs \[8\]/);
});

describe('what is not a model is refused:', () => {
  const withConfig = (text: string) => encodeSafetensors(weights, { 'unet/config.json': text });
  const extra = { ...weights, 'down_blocks.7.weight': { shape: [1], data: Float32Array.of(1) } };
  test.each([
    ['other bytes', new TextEncoder().encode('PNG and so on, at some length'), FormatError, /m: not a safetensors file/],
    ['safetensors without a config', encodeSafetensors(weights, { format: 'pt' }), FormatError, /m: .*its metadata has format; 'unet/],
    ['a config that is not JSON', withConfig('{'), FormatError, /m: the metadata's 'unet\/config\.json' is not JSON/],
    ['a config that is no object', withConfig('7'), FormatError, /'unet\/config\.json' is 7; it must be an object/],
    [
      'another class',
      withConfig('{"_class_name":"UNet2DConditionModel"}'),
      ConfigError,
      /"UNet2DConditionModel"; it must be "UNet2DModel"/,
    ],
    ['a tensor too many', encodeSafetensors(extra, { 'unet/config.json': json }), FormatError, /there is 'down_blocks\.7\.weight', which/],
  ])('%s', (_, bytes, kind, message) => {
    expect(() => decodeModel(bytes, { source: 'm' })).toThrow(kind);
    expect(() => decodeModel(bytes, { source: 'm' })).toThrow(message);
  });
});

function weightsOf(config: UNetConfig): HostWeights {
  return Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape], i) => {
      const length = shape.reduce((product, side) => product * side, 1);
      return [name, { shape, data: Float32Array.from({ length }, (_, k) => i + k / length) }];
    }),
  );
}
