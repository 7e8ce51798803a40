import { evaluate, expectClose, expectGradient, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, type LossContext, ShapeError } from '@rddpm/core';
import { dispose, grad, mean, square, sub, type Tensor, type Tensor1D, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type DivergenceWeightingOptions, divergenceWeighting } from '../../src/weighting/divergence-weighting.ts';

const squared = (prediction: Tensor, target: Tensor) => mean<Tensor1D>(square(sub(prediction, target)), 1);
const lossWith = (options?: DivergenceWeightingOptions) => {
  const loss = divergenceWeighting(squared, options);
  return ({ x }: { x: Tensor }) => loss(x, zeros(x.shape), {} as LossContext);
};

test('is the mean of K(1 − exp(−L / K)), by hand', async () => {
  await expectNoLeak(async () => {
    const x = tensor2d([1, 2, 3], [3, 1]); // losses 1, 4, 9
    const expected = (k: number) => [1, 4, 9].reduce((total, loss) => total + k * (1 - Math.exp(-loss / k)), 0) / 3;
    expectClose((await evaluate(lossWith({ k: 2 }), { x })).data, [expected(2)], 1e-6);
    expectClose((await evaluate(lossWith({ k: { medians: 0.5 } }), { x })).data, [expected(0.5 * 4)], 1e-6);
    expectClose((await evaluate(lossWith(), { x })).data, [expected(8)], 1e-6);
    expectClose((await evaluate(lossWith({ k: 1e6 }), { x })).data, [14 / 3], 1e-4); // K = ∞ is the mean
    x.dispose();
  });
});

test('weighs a sample’s gradient by exp(−L / K)', async () => {
  const x = tensor2d([1, 2, 3], [3, 1]);
  const slope = await evaluate(({ x }: { x: Tensor }) => grad((x) => lossWith({ k: 2 })({ x }))(x), { x });
  expectClose(
    slope.data,
    [1, 2, 3].map((r) => ((2 * r) / 3) * Math.exp(-(r * r) / 2)),
    1e-6,
  );
  x.dispose();
  await expectGradient((x) => lossWith({ k: 0.7 })({ x }), { shape: [2, 2], data: Float32Array.of(0.3, -0.5, 1.1, 0.2) });
});

test('residuals of 1e-20 and 1e20 make no NaN, and small losses don’t vanish', async () => {
  const x = tensor2d([1e-20, 1e20, 1e-5, 1e-5], [4, 1]);
  for (const options of [{ k: 1 }, {}]) {
    const both = ({ x }: { x: Tensor }) => ({ value: lossWith(options)({ x }), slope: grad((x) => lossWith(options)({ x }))(x) });
    const { value, slope } = await evaluate(both, { x });
    expect(Number.isFinite(value.data[0])).toBe(true);
    expect(slope.data[1]! + 0).toBe(0);
    expect(slope.data[2]! / (2e-5 / 4)).toBeGreaterThan(0.6);
    expect(slope.data.every(Number.isFinite)).toBe(true);
  }
  x.dispose();
});

test('NaN stays', async () => {
  const x = tensor2d([1, Number.NaN], [2, 1]);
  expect((await evaluate(lossWith(), { x })).data[0]).toBeNaN();
  x.dispose();
});

test('refuses a K of 0, and batches of nothing', () => {
  expect(() => divergenceWeighting(squared, { k: 0 })).toThrow(
    new ConfigError('divergenceWeighting: k is 0; it must be a finite number above 0'),
  );
  expect(() => divergenceWeighting(squared, { k: { medians: -1 } })).toThrow(
    new ConfigError('divergenceWeighting: k.medians is -1; it must be a finite number above 0'),
  );
  const none = zeros([0, 1]);
  expect(() => lossWith()({ x: none })).toThrow(ShapeError);
  dispose(none);
});
