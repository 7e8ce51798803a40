import { evaluate, evaluator, expectClose, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import { div, grad, mul, type Scalar, square, sum, type Tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { madScale, quantileScale } from '../../src/scales/batch-scale.ts';

test('madScale is factor · 1.4826 · the median distance from the median, by hand', async () => {
  await expectNoLeak(async () => {
    const residual = tensor2d([-3, 1, 2, 10, 4, -1], [3, 2]); // median 1.5; distances 4.5 .5 .5 8.5 2.5 2.5, their median 2.5
    const { data } = await evaluate(({ residual }: { residual: Tensor }) => madScale(residual, { factor: 2 }), { residual });
    expectClose(data, [2 * 1.4826022185 * 2.5], 1e-6);
    residual.dispose();
  });
});

test('madScale of normal residuals is factor standard deviations, and hardly moves with outliers', async () => {
  const residual = random([40, 50], 1);
  const scale = evaluator(({ residual }: { residual: Tensor }) => madScale(mul(3, residual)));
  expectClose((await scale({ residual })).data, [1.345 * 3], 0.05); // the median's error at 2000 samples, about 3 %
  const data = await residual.data();
  const dirty = tensor2d(
    data.map((value, i) => (i % 10 === 0 ? 1e6 : value)),
    [40, 50],
  );
  const { data: moved } = await scale({ residual: dirty });
  expect(moved[0]! / (1.345 * 3)).toBeLessThan(1.25);
  residual.dispose();
  dirty.dispose();
});

test('quantileScale is the quantile of magnitudes, by hand', async () => {
  const residual = tensor1d([-4, 3, -2, 1, 0]);
  const both = ({ residual }: { residual: Tensor }) => ({
    median: quantileScale(residual, { quantile: 0.5 }),
    most: quantileScale(residual, { quantile: 0.9 }),
    largest: quantileScale(residual, { quantile: 1 }),
  });
  const { median, most, largest } = await evaluate(both, { residual });
  expectClose([median.data[0]!, most.data[0]!, largest.data[0]!], [2, 3.6, 4], 1e-6);
  residual.dispose();
});

test('no gradient flows through a scale', async () => {
  const x = tensor1d([1, 2, 4]);
  const scaled = (x: Tensor): Scalar => sum(div(square(x), quantileScale(x, { quantile: 0.5 })));
  expectClose((await evaluate(({ x }: { x: Tensor }) => grad(scaled)(x), { x })).data, [1, 2, 4], 1e-6);
  x.dispose();
});

test('residuals that are all the same have the smallest scale, not 0; NaN stays', async () => {
  const scales = ({ x }: { x: Tensor }) => ({ mad: madScale(x), quantile: quantileScale(x, { quantile: 0.5 }) });
  const same = tensor1d([0, 0, 0]);
  const { mad, quantile } = await evaluate(scales, { x: same });
  expect([mad.data[0], quantile.data[0]]).toEqual([Math.fround(1e-12), Math.fround(1e-12)]);
  const missing = tensor1d([1, Number.NaN, 0]);
  const { mad: nanMad, quantile: nanQuantile } = await evaluate(scales, { x: missing });
  expect([nanMad.data[0], nanQuantile.data[0]]).toEqual([Number.NaN, Number.NaN]);
  same.dispose();
  missing.dispose();
});

test('refuses factors and quantiles out of range, and no residuals', () => {
  const x = zeros([2]);
  expect(() => madScale(x, { factor: 0 })).toThrow(new ConfigError('madScale: factor is 0; it must be a finite number above 0'));
  for (const quantile of [0, 1.5, Number.NaN]) {
    expect(() => quantileScale(x, { quantile })).toThrow(
      new ConfigError(`quantileScale: quantile is ${quantile}; it must be above 0 and at most 1`),
    );
  }
  expect(() => madScale(zeros([0, 3]))).toThrow(new ShapeError('madScale: residual is [0,3]; it must hold one number at least'));
  x.dispose();
});
