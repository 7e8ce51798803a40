import { evaluate, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import { type LtsOptions, ltsLoss, mseLoss } from '@rddpm/losses';
import { dispose, grad, scalar, type Tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';

type Args = { prediction: Tensor; target: Tensor };
const lossWith = (options?: LtsOptions) => (args: Args) => ltsLoss(args.prediction, args.target, options);

/** Mean squared errors 5, 0.5, 10, 2, 1 of five samples. */
const worked = (): Args => ({ prediction: tensor2d([1, 3, 0, 1, 2, 4, 2, 0, 1, 1], [5, 2]), target: zeros([5, 2]) });

test('is the mean over the samples that fit best, by hand', async () => {
  await expectNoLeak(async () => {
    const args = worked();
    expectClose(await evaluate(lossWith(), args), { shape: [], data: Float32Array.of((5 + 0.5 + 2 + 1) / 4) }, 1e-6);
    expectClose((await evaluate(lossWith({ keep: 0.5 }), args)).data, [(0.5 + 1) / 2], 1e-6);
    dispose(args as never);
  });
});

test('keeps one sample at least', async () => {
  const args = worked();
  expectClose((await evaluate(lossWith({ keep: 0.01 }), args)).data, [0.5], 1e-6);
  dispose(args as never);
});

test('keeps 29 of 100 at 0.29, although the product is 28.999… in binary', async () => {
  expect(0.29 * 100).toBeLessThan(29);
  const args: Args = { prediction: tensor1d(Array.from({ length: 100 }, (_, i) => Math.sqrt(i))), target: zeros([100]) };
  expectClose((await evaluate(lossWith({ keep: 0.29 }), args)).data, [28 / 2], 1e-5); // the mean of 0 … 28
  dispose(args as never);
});

test('keep 1 is the squared error', async () => {
  const args: Args = { prediction: random([4, 3, 3, 2], 1), target: random([4, 3, 3, 2], 2) };
  const { data } = await evaluate(({ prediction, target }: Args) => mseLoss(prediction, target), args);
  expectClose((await evaluate(lossWith({ keep: 1 }), args)).data, data, 1e-6);
  dispose(args as never);
});

test('is what sorting the samples computes', async () => {
  const args: Args = { prediction: random([9, 3, 2], 1), target: random([9, 3, 2], 2) };
  const [prediction, target] = await Promise.all([args.prediction.data(), args.target.data()]);
  const losses = Array.from({ length: 9 }, (_, sample) => {
    const squares = Array.from({ length: 6 }, (_, i) => (prediction[6 * sample + i]! - target[6 * sample + i]!) ** 2);
    return squares.reduce((a, b) => a + b) / 6;
  });
  const sorted = losses.toSorted((a, b) => a - b);
  for (let kept = 1; kept <= 9; kept++) {
    const expected = sorted.slice(0, kept).reduce((a, b) => a + b) / kept;
    expectClose((await evaluate(lossWith({ keep: kept / 9 }), args)).data, [expected], 1e-6);
  }
  dispose(args as never);
});

describe('of samples that fit equally well', () => {
  test('keeps the first, and exactly as many as asked for', async () => {
    const prediction = tensor1d([2, 1, -2, 2, 1, 2]); // squares 4, 1, 4, 4, 1, 4: keeps both ones and the first two fours
    const gradient = await evaluate(({ x }: { x: Tensor }) => grad((x) => ltsLoss(x, zeros([6]), { keep: 4 / 6 }))(x), { x: prediction });
    prediction.dispose();
    expectClose(
      gradient.data,
      [2 * 2, 2 * 1, 2 * -2, 0, 2 * 1, 0].map((value) => value / 4),
      1e-6,
    );
  });
});

test('its gradient is that of finite differences, and 0 for trimmed samples', async () => {
  const at = { shape: [5, 2], data: Float32Array.of(1, 3, 0.2, 1, 2, 4, 2, 0.1, 1, 1) };
  const target = zeros([5, 2]);
  await expectGradient((x) => ltsLoss(x, target, { keep: 0.6 }), at);
  const x = tensor2d(at.data, [5, 2]);
  const gradient = await evaluate(({ x }: { x: Tensor }) => grad((x) => ltsLoss(x, zeros([5, 2]), { keep: 0.6 }))(x), { x });
  expect([...gradient.data.slice(0, 2), ...gradient.data.slice(4, 6)]).toEqual([0, 0, 0, 0]);
  dispose([target, x]);
});

test('does not trim a NaN away', async () => {
  const args: Args = { prediction: tensor1d([1, Number.NaN, 2, 3]), target: zeros([4]) };
  expect((await evaluate(lossWith({ keep: 0.5 }), args)).data[0]).toBeNaN();
  dispose(args as never);
});

describe('refuses', () => {
  test('shapes that would broadcast', () => {
    expect(() => ltsLoss(zeros([4, 8, 8, 1]), zeros([8, 1]))).toThrow(
      new ShapeError('ltsLoss: prediction is [4,8,8,1] but target is [8,1]; both must have the same shape'),
    );
  });

  test('tensors without samples', () => {
    expect(() => ltsLoss(scalar(1), scalar(1))).toThrow(new ShapeError('ltsLoss: prediction is []; it must be [batch, …] and not empty'));
  });

  test.each([0, -0.5, 1.2, Number.NaN])('keep %d', (keep) => {
    expect(() => ltsLoss(zeros([2]), zeros([2]), { keep })).toThrow(
      new ConfigError(`ltsLoss: keep is ${keep}; it must be above 0 and at most 1`),
    );
  });
});
