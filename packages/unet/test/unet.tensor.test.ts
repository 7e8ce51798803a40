import { backend, evaluate, expectClose, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, createRng, ShapeError, toHost, toTensors, type Weights } from '@rddpm/core';
import {
  createUNet,
  type DownBlockType,
  fromDiffusersConfig,
  parameterShapes,
  toDiffusersConfig,
  type UNetConfig,
  type UpBlockType,
} from '@rddpm/unet';
import {
  dispose,
  grads,
  mean,
  mul,
  ones,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import json from './goldens/unet2d.json' with { type: 'json' };
import gradientsJson from './goldens/unet2d-gradients.json' with { type: 'json' };
import { imageWaves, parameterWaves, waves } from './parameter-waves.ts';

type Values = { shape: number[]; data: number[] };
type Case<T> = { name: string; config: Record<string, unknown>; t: number[] } & T;
const { cases } = json as unknown as { cases: Case<{ shapes: Record<string, number[]>; output: Values }>[] };
const { cases: differentiated } = gradientsJson as unknown as { cases: Case<{ loss: number; gradients: Record<string, Values> }>[] };

/**
 * Rounding: PyTorch's own, in float32 instead of the goldens' float64, is up to 8e-5 in predictions and 1.1e-4 of the largest element in
 * gradients. WGSL's sines are right to 5e-4 only, which a network may multiply by 4.
 */
const TOLERANCE = backend.name === 'webgpu' ? 2e-3 : 1e-4;

const imagesOf = (config: UNetConfig): Tensor4D => {
  const { shape, data } = imageWaves(config);
  return tensor4d(data, shape as Tensor4D['shape']);
};

type Inputs = { weights: Weights; x: Tensor4D; t: Tensor1D };
const small = { sampleSize: 8, inChannels: 2, blockOutChannels: [8, 8], normNumGroups: 4 } as const;

describe.each(cases)(`as diffusers' UNet2DModel: $name`, ({ config: json, shapes, t, output }) => {
  const config = fromDiffusersConfig(json);

  test('has its parameters, in its order', () => {
    expect(Object.entries(parameterShapes(config))).toEqual(Object.entries(shapes));
  });

  test('goes back to diffusers as it came', () => {
    expect(toDiffusersConfig(config)).toEqual(json);
  });

  test('predicts what it predicts', async () => {
    const inputs: Inputs = { weights: toTensors(parameterWaves(config)), x: imagesOf(config), t: tensor1d(t, 'int32') };
    const { predict } = createUNet(config);
    const predicted = await evaluate(({ weights, x, t }: Inputs) => predict(weights, x, t), inputs);
    dispose(inputs as never);
    expectClose(predicted, { shape: output.shape, data: Float32Array.from(output.data) }, TOLERANCE);
  });
});

describe.each(differentiated)(`gradients as those of diffusers' UNet2DModel: $name`, ({ config: json, t, loss, gradients }) => {
  const config = fromDiffusersConfig(json);
  const names = Object.keys(gradients);
  const { predict } = createUNet(config);

  test('by every parameter', async () => {
    const host = parameterWaves(config);
    expect(names).toEqual(Object.keys(host));
    const inputs: Inputs = { weights: toTensors(host), x: imagesOf(config), t: tensor1d(t, 'int32') };
    const actual = await evaluate(({ weights, x, t }: Inputs) => {
      const lossOf = (...parts: Tensor[]): Scalar => {
        const predicted = predict(Object.fromEntries(names.map((name, i) => [name, parts[i]!])), x, t);
        return sum(mul(predicted, tensor4d(waves('loss', predicted.size, 1), predicted.shape)));
      };
      const { value, grads } = valueAndGrads(lossOf as never)(names.map((name) => weights[name]!));
      return { loss: value, gradients: grads };
    }, inputs);
    dispose(inputs as never);
    expectClose(actual.loss.data, [loss], TOLERANCE);
    names.forEach((name, i) => {
      const { shape, data } = gradients[name]!;
      const size = Math.max(...data.map(Math.abs), 1e-2); // a key's bias has none: softmax doesn't see it
      const found = actual.gradients[i]!;
      expect(found.shape).toEqual(shape);
      const worst = found.data.reduce((worst, value, k) => Math.max(worst, Math.abs(value - data[k]!)), 0);
      expect(worst / size, name).toBeLessThan(2 * TOLERANCE);
    });
  });
});

test('any options together make a network that predicts', async () => {
  const levels = fc.tuple(
    fc.constantFrom<DownBlockType>('DownBlock2D', 'AttnDownBlock2D', 'ResnetDownsampleBlock2D'),
    fc.constantFrom<UpBlockType>('UpBlock2D', 'AttnUpBlock2D', 'ResnetUpsampleBlock2D'),
    fc.constantFrom(4, 8),
  );
  const configs = fc.record({
    levels: fc.array(levels, { minLength: 1, maxLength: 3 }),
    options: fc.record({
      sampleSize: fc.constantFrom(4, [8, 4] as const),
      inChannels: fc.constantFrom(1, 3),
      outChannels: fc.constantFrom(1, 2),
      centerInputSample: fc.boolean(),
      layersPerBlock: fc.constantFrom(1, 2),
      downsampleType: fc.constantFrom('conv', 'resnet'),
      upsampleType: fc.constantFrom('conv', 'resnet'),
      downsamplePadding: fc.constantFrom(0, 1),
      addAttention: fc.boolean(),
      attentionHeadDim: fc.constantFrom(null, 2),
      midBlockScaleFactor: fc.constantFrom(1, -2),
      actFn: fc.constantFrom('silu', 'swish', 'mish', 'gelu', 'relu'),
      normNumGroups: fc.constantFrom(1, 4),
      attnNormNumGroups: fc.constantFrom(null, 2),
      resnetTimeScaleShift: fc.constantFrom('default', 'scale_shift'),
      timeEmbeddingType: fc.constantFrom('positional', 'fourier'),
      timeEmbeddingDim: fc.constantFrom(null, 6),
    } satisfies { [Name in keyof UNetConfig]?: fc.Arbitrary<UNetConfig[Name]> }),
  });
  await fc.assert(
    fc.asyncProperty(configs, async ({ levels, options }) => {
      const config = {
        ...options,
        blockOutChannels: levels.map(([, , channels]) => channels),
        downBlockTypes: levels.map(([down]) => down),
        upBlockTypes: levels.map(([, up]) => up),
      };
      const { predict } = createUNet(config);
      const inputs: Inputs = { weights: toTensors(parameterWaves(config)), x: imagesOf(config), t: tensor1d([1, 999], 'int32') };
      const { shape, data } = await evaluate(({ weights, x, t }: Inputs) => predict(weights, x, t), inputs);
      expect(shape).toEqual([...inputs.x.shape.slice(0, 3), options.outChannels]);
      dispose(inputs as never);
      expect(data.every(Number.isFinite)).toBe(true);
      expect(Math.max(...data) - Math.min(...data)).toBeGreaterThan(1e-3);
    }),
    { numRuns: 10 },
  );
});

test('starts the same for the same generator, and each parameter on its own', async () => {
  const draw = async (config: Parameters<typeof createUNet>[0]) => {
    const weights = createUNet(config).init(createRng(7));
    const host = await toHost(weights);
    dispose(weights as never);
    return host;
  };
  const [first, second, wider] = [await draw(small), await draw(small), await draw({ ...small, layersPerBlock: 2 })];
  expect(second).toEqual(first);
  expect(wider['down_blocks.0.resnets.0.conv1.weight']).toEqual(first['down_blocks.0.resnets.0.conv1.weight']);
  expect(Object.fromEntries(Object.entries(first).map(([name, { shape }]) => [name, shape]))).toEqual(parameterShapes(small));
});

test("starts within PyTorch's bounds", async () => {
  const weights = createUNet(small).init(createRng(7));
  const host = await toHost(weights);
  dispose(weights as never);
  const { data } = host['down_blocks.1.resnets.0.conv1.weight']!; // [8, 8, 3, 3]: 576 numbers
  const bound = 1 / Math.sqrt(8 * 9);
  const largest = Math.max(...data.map(Math.abs));
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.98 * bound); // 0.98^576 is 1e-5
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  expect(deviation / (bound / Math.sqrt(3))).toBeCloseTo(1, 1); // a uniform's; its standard error here is 0.02
  const bias = host['conv_out.bias']!.data;
  expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(bound);
  expect(bias.some((value) => value !== 0)).toBe(true);
  expect([...host['conv_norm_out.weight']!.data]).toEqual(Array(8).fill(1));
  expect([...host['conv_norm_out.bias']!.data]).toEqual(Array(8).fill(0));
});

test('its gradients are those of finite differences', async () => {
  const config = { ...small, downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D'], attentionHeadDim: 4 } as const;
  const { predict } = createUNet(config);
  const host = parameterWaves(config);
  const names = Object.keys(host);
  const inputs: Inputs = { weights: toTensors(host), x: random([2, 8, 8, 2]), t: tensor1d([40, 300], 'int32') };
  const lossOf = ({ weights, x, t }: Inputs): Scalar => mul(0.5, mean(square(predict(weights, x, t))));
  const gradients = await evaluate(({ weights, x, t }: Inputs) => {
    const values = names.map((name) => weights[name]!);
    return grads((...parts: Tensor[]) => lossOf({ weights: Object.fromEntries(names.map((name, i) => [name, parts[i]!])), x, t }))(values);
  }, inputs);

  const step = 1e-2;
  const lossAt = async (name: string, element: number, change: number) => {
    const data = host[name]!.data.slice();
    data[element]! += change;
    const moved = toTensors({ [name]: { shape: host[name]!.shape, data } });
    const { data: loss } = await evaluate(lossOf, { ...inputs, weights: { ...inputs.weights, ...moved } });
    dispose(moved as never);
    return loss[0]!;
  };
  for (const name of [
    'conv_in.weight',
    'time_embedding.linear_1.weight',
    'down_blocks.0.resnets.0.norm1.weight',
    'down_blocks.0.downsamplers.0.conv.weight',
    'down_blocks.1.attentions.0.to_q.weight',
    'up_blocks.0.upsamplers.0.conv.bias',
    'up_blocks.1.resnets.1.conv_shortcut.weight',
  ]) {
    const { data: gradient } = gradients[names.indexOf(name)]!;
    const steepest = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best]!) ? i : best), 0);
    const difference = ((await lossAt(name, steepest, step)) - (await lossAt(name, steepest, -step))) / (2 * step);
    expectClose([gradient[steepest]! / difference], [1], 0.02); // a difference is rounded by 6e-6, the smallest gradient is 9e-4
  }
  dispose(inputs as never);
});

test('leaves no tensors behind', async () => {
  const { init, predict } = createUNet(small);
  await expectNoLeak(async () => {
    const inputs: Inputs = { weights: init(createRng(1)), x: random([1, 8, 8, 2]), t: tensor1d([3], 'int32') };
    await evaluate(({ weights, x, t }: Inputs) => predict(weights, x, t), inputs);
    dispose(inputs as never);
  });
});

describe('refuses', () => {
  const { init, predict } = createUNet(small);
  const attempt = (x: [number, number, number, number], t: number[], change: (weights: Record<string, Tensor>) => void = () => {}) => {
    const weights = { ...init(createRng(1)) };
    change(weights);
    return () => predict(weights, ones(x) as Tensor4D, tensor1d(t, 'int32'));
  };

  test.each([
    ['an image of other channels', attempt([1, 8, 8, 3], [0]), 'UNet.predict: x is [1,8,8,3]; it must be [n, h, w, 2]'],
    [
      'an image that it can’t halve',
      attempt([1, 8, 7, 2], [0]),
      'UNet.predict: x is [1,8,7,2]; its height and width must be divisible by 2',
    ],
    ['as many times as no images', attempt([1, 8, 8, 2], [0, 1]), 'UNet.predict: t is [2] but x is [1,8,8,2]; it must be [1]'],
    [
      'weights without a parameter',
      attempt([1, 8, 8, 2], [0], (weights) => delete weights['conv_in.bias']),
      "UNet.predict: weights lack 'conv_in.bias' [8]",
    ],
    [
      'weights of another shape',
      attempt([1, 8, 8, 2], [0], (weights) => Object.assign(weights, { 'conv_in.bias': ones([4]) })),
      "UNet.predict: weights['conv_in.bias'] is [4]; this network's is [8]",
    ],
    [
      'weights of another network',
      attempt([1, 8, 8, 2], [0], (weights) => Object.assign(weights, { 'conv_mid.bias': ones([4]) })),
      "UNet.predict: weights hold 'conv_mid.bias', which this network doesn't have",
    ],
  ])('%s', (_, predicting, message) => {
    expect(predicting).toThrow(new ShapeError(message));
  });

  test('a config that can’t be built', () => {
    expect(() => createUNet({ sampleSize: 10, blockOutChannels: [8, 8, 8] })).toThrow(ConfigError);
  });
});
