import { evaluate, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, type HostTensor, ShapeError } from '@rddpm/core';
import { groupNorm } from '@rddpm/unet';
import {
  dispose,
  mul,
  ones,
  type Scalar,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';

type Inputs = { x: Tensor4D; scale: Tensor1D; offset: Tensor1D };
const normalise = ({ x, scale, offset }: Inputs) => groupNorm(x, scale, offset, { groups: 2, epsilon: 1e-5 });
const inputs = (): Inputs => ({
  x: random([2, 3, 2, 4]) as Tensor4D,
  scale: random([4], 1) as Tensor1D,
  offset: random([4], 2) as Tensor1D,
});

test('normalises each group of a sample, by hand', async () => {
  // one pixel, two groups of two channels: (1, 3) has mean 2 and variance 1, (0, 4) mean 2 and variance 4
  const args: Inputs = { x: tensor4d([1, 3, 0, 4], [1, 1, 1, 4]), scale: tensor1d([1, 1, 2, 2]), offset: tensor1d([0, 10, 0, 0]) };
  const { data } = await evaluate(({ x, scale, offset }: Inputs) => groupNorm(x, scale, offset, { groups: 2, epsilon: 1e-12 }), args);
  dispose(args as never);
  expectClose(data, [-1, 11, -2, 2], 1e-6);
});

test('is what a loop over samples and groups computes', async () => {
  const args = inputs();
  const actual = await evaluate(normalise, args);
  const [x, scale, offset] = await Promise.all([args.x.data(), args.scale.data(), args.offset.data()]);
  dispose(args as never);
  const expected = new Float32Array(x.length);
  for (let sample = 0; sample < 2; sample++) {
    for (let group = 0; group < 2; group++) {
      const members = [...x.keys()].filter((i) => Math.floor(i / 24) === sample && Math.floor((i % 4) / 2) === group);
      const mean = members.reduce((total, i) => total + x[i]!, 0) / members.length;
      const variance = members.reduce((total, i) => total + (x[i]! - mean) ** 2, 0) / members.length;
      for (const i of members) expected[i] = ((x[i]! - mean) / Math.sqrt(variance + 1e-5)) * scale[i % 4]! + offset[i % 4]!;
    }
  }
  expectClose(actual, { shape: [2, 3, 2, 4], data: expected }, 1e-5);
});

test('does not see a shift and a stretch of its input', async () => {
  const args = inputs();
  const stretched = {
    ...args,
    x: tensor4d(
      (await args.x.data()).map((value) => 3 * value + 5),
      [2, 3, 2, 4],
    ),
  };
  const [plain, moved] = [await evaluate(normalise, args), await evaluate(normalise, stretched)];
  stretched.x.dispose();
  dispose(args as never);
  expectClose(moved, plain, 1e-4); // epsilon weighs 9 times less on the stretched variance
});

test.each(['x', 'scale', 'offset'] as const)('its gradient by %s is that of finite differences', async (name) => {
  const args = inputs();
  const weights = random([2, 3, 2, 4], 3);
  const host: HostTensor = { shape: args[name].shape, data: Float32Array.from(await args[name].data()) };
  await expectGradient((value: Tensor): Scalar => sum(mul(normalise({ ...args, [name]: value }), weights)), host, { tolerance: 5e-3 });
  dispose([args, weights] as never);
});

test('leaves no tensors behind', async () => {
  await expectNoLeak(async () => {
    const args = inputs();
    await evaluate(normalise, args);
    dispose(args as never);
  });
});

describe('refuses', () => {
  const x = ones([1, 2, 2, 4]) as Tensor4D;
  const of = (channels: number) => zeros([channels]) as Tensor1D;

  test('groups that do not divide the channels', () => {
    const message = "groupNorm: groups 3 doesn't divide the 4 channels of x";
    expect(() => groupNorm(x, of(4), of(4), { groups: 3 })).toThrow(new ConfigError(message));
  });

  test('a scale or an offset of other channels', () => {
    const message = (name: string) => new ShapeError(`groupNorm: ${name} is [2] but x is [1,2,2,4]; it must be [4]`);
    expect(() => groupNorm(x, of(2), of(4), { groups: 2 })).toThrow(message('scale'));
    expect(() => groupNorm(x, of(4), of(2), { groups: 2 })).toThrow(message('offset'));
  });
});
