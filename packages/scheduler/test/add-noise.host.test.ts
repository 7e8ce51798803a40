import { evaluate, expectClose, expectNoLeak } from '@rddpm/conformance';
import { ShapeError } from '@rddpm/core';
import { addNoise, linearSchedule } from '@rddpm/scheduler';
import { dispose, ones, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { golden, inputs } from './golden.ts';

type Args = { x0: Tensor4D; noise: Tensor4D; t: Tensor1D };

test('mixes each sample at its own timestep, by hand', async () => {
  const schedule = linearSchedule({ steps: 2, betaStart: 0.36, betaEnd: 0.609375 }); // ᾱ 0.64 and 0.25
  const args: Args = {
    x0: tensor4d([1, -1], [2, 1, 1, 1]),
    noise: tensor4d([2, 3], [2, 1, 1, 1]),
    t: tensor1d([1, 0], 'int32'),
  };
  const { data } = await evaluate(({ x0, noise, t }: Args) => addNoise(schedule, x0, noise, t), args);
  dispose(args as never);
  expectClose(data, [0.5 * 1 + Math.sqrt(0.75) * 2, 0.8 * -1 + 0.6 * 3], 1e-6);
});

test("is diffusers' add_noise", async () => {
  const args: Args = {
    x0: tensor4d(inputs.xt, golden.shape),
    noise: tensor4d(inputs.noise, golden.shape),
    t: tensor1d(golden.addNoise.t, 'int32'),
  };
  await expectNoLeak(async () => {
    const actual = await evaluate(({ x0, noise, t }: Args) => addNoise(linearSchedule(), x0, noise, t), args);
    expectClose(actual, { shape: golden.shape, data: Float32Array.from(golden.addNoise.xt) }, 1e-6);
  });
  dispose(args as never);
});

test('refuses shapes that do not fit together', () => {
  const schedule = linearSchedule();
  const x0 = ones([2, 4, 4, 1]) as Tensor4D;
  expect(() => addNoise(schedule, x0, ones([2, 4, 4, 3]) as Tensor4D, tensor1d([0, 0], 'int32'))).toThrow(
    new ShapeError('addNoise: x0 is [2,4,4,1] but noise is [2,4,4,3]; both must have the same shape'),
  );
  expect(() => addNoise(schedule, x0, x0, tensor1d([0], 'int32'))).toThrow(
    new ShapeError('addNoise: t is [1] but x0 is [2,4,4,1]; it must be [2]'),
  );
});
