import { evaluate, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { type HuberOptions, huberLoss, mseLoss } from '@rddpm/losses';
import { dispose, grad, type Scalar, scalar, type Tensor, type Tensor1D, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, test } from 'vitest';

type Args = { prediction: Tensor; target: Tensor };
const lossWith = (options?: HuberOptions) => (args: Args) => huberLoss(args.prediction, args.target, options);

/** Residuals 0.5, -1, -3, 2. */
const worked = (): Args => ({ prediction: tensor2d([0.5, 1, -3, 2], [2, 2]), target: tensor2d([0, 2, 0, 0], [2, 2]) });

describe('by hand', () => {
  test('is quadratic up to delta and linear beyond', async () => {
    await expectNoLeak(async () => {
      const args = worked();
      expectClose(await evaluate(lossWith(), args), { shape: [], data: Float32Array.of((0.125 + 0.5 + 2.5 + 1.5) / 4) }, 1e-6);
      dispose(args as never);
    });
  });

  test('a delta per sample bends each sample at its own', async () => {
    await expectNoLeak(async () => {
      const args = { ...worked(), delta: tensor1d([0.5, 2]) };
      const { data } = await evaluate(({ delta, ...rest }: Args & { delta: Tensor1D }) => lossWith({ delta })(rest), args);
      dispose(args as never);
      expectClose(data, [(0.125 + 0.5 * 0.75 + 2 * 2 + 2) / 4], 1e-6);
    });
  });
});

test('a scalar delta is that number', async () => {
  const args = { ...worked(), delta: scalar(0.2) };
  const { data } = await evaluate(({ delta, ...rest }: Args & { delta: Scalar }) => lossWith({ delta })(rest), args);
  expectClose(data, (await evaluate(lossWith({ delta: 0.2 }), args)).data, 1e-7);
  dispose(args as never);
});

test('a delta beyond every residual makes it half the squared error', async () => {
  const args: Args = { prediction: random([3, 4, 4, 2], 1), target: random([3, 4, 4, 2], 2) };
  const half = (await evaluate(({ prediction, target }: Args) => mseLoss(prediction, target), args)).data[0]! / 2;
  expectClose((await evaluate(lossWith({ delta: 1e6 }), args)).data, [half], 1e-6);
  dispose(args as never);
});

test('is what a loop over the elements computes', async () => {
  const args: Args = { prediction: random([3, 4, 4, 2], 1), target: random([3, 4, 4, 2], 2) };
  const [prediction, target] = await Promise.all([args.prediction.data<'float32'>(), args.target.data()]);
  const total = prediction.reduce((sum, value, i) => {
    const residual = Math.abs(value - target[i]!);
    return sum + (residual <= 0.7 ? residual ** 2 / 2 : 0.7 * (residual - 0.35));
  }, 0);
  expectClose((await evaluate(lossWith({ delta: 0.7 }), args)).data, [total / prediction.length], 1e-6);
  dispose(args as never);
});

describe('its gradient is that of finite differences', () => {
  const at = { shape: [3, 2], data: Float32Array.of(0.1, -0.4, 1.5, -3, 0.7, 0.2) }; // none within the step of a delta

  test('by the prediction', async () => {
    const target = zeros([3, 2]);
    const delta = tensor1d([0.2, 1, 0.5]);
    await expectGradient((x) => huberLoss(x, target, { delta: 0.5 }), at);
    await expectGradient((x) => huberLoss(x, target, { delta }), at);
    dispose([target, delta]);
  });

  test('by delta', async () => {
    const prediction = tensor2d(at.data, [3, 2]);
    const target = zeros([3, 2]);
    const by = (delta: Tensor) => huberLoss(prediction, target, { delta: delta as Tensor1D });
    await expectGradient(by, { shape: [3], data: Float32Array.of(0.25, 1, 0.5) });
    await expectGradient(by, { shape: [], data: Float32Array.of(0.5) });
    dispose([prediction, target]);
  });
});

test('no residual pulls harder than delta, by hand', async () => {
  const x = tensor1d([50, -0.1]);
  const { data } = await evaluate(({ x }: { x: Tensor }) => grad((x) => huberLoss(x, zeros([2]), { delta: 0.2 }))(x), { x });
  x.dispose();
  expectClose(data, [0.2 / 2, -0.1 / 2], 1e-7);
});

test('a delta of 0 is the absolute error, of Infinity half the squared error', async () => {
  const args = worked();
  expectClose((await evaluate(lossWith({ delta: 0 }), args)).data, [(0.5 + 1 + 3 + 2) / 4], 1e-6);
  expectClose((await evaluate(lossWith({ delta: Number.POSITIVE_INFINITY }), args)).data, [(0.25 + 1 + 9 + 4) / 8], 1e-6);
  dispose(args as never);
});
