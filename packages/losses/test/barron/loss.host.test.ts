import { evaluate, expectClose, expectGradient, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import { barron, barronLoss, cauchy, gemanMcclure, type PerSample, pseudoHuber, type RobustFunction, squared, welsch } from '@rddpm/losses';
import { dispose, grad, type Scalar, scalar, sum, type Tensor, tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import golden from '../goldens/losses.json' with { type: 'json' };

/** GPUs compute exp and log to five digits or so, and powers are made of both. */
const TOLERANCE = 2e-5;

const c = 0.8;
const residuals = [-1e3, -30, -2, -0.8, -0.3, -1e-3, 0, 1e-2, 0.1, 0.5, 1, 5, 100];

async function measured(fn: RobustFunction, values: readonly number[] = residuals) {
  const r = tensor1d([...values]);
  const measure = ({ r }: { r: Tensor }) => ({
    rho: fn.rho(r),
    psi: fn.psi(r),
    weight: fn.weight(r),
    gradient: grad((r) => sum(fn.rho(r)))(r),
  });
  const results = await evaluate(measure, { r });
  r.dispose();
  return results;
}

test.each(golden.barron)(`alpha $alpha has the values and gradients of ${golden.library}`, async ({ alpha, values, gradient }) => {
  const form = Number(alpha.replace('inf', 'Infinity'));
  const actual = await measured(barron({ alpha: form, scale: golden.threshold }), golden.residuals.flat());
  expectClose(actual.rho.data, values.flat(), TOLERANCE);
  expectClose(actual.gradient.data, gradient.flat(), TOLERANCE);
  expectClose(actual.psi.data, gradient.flat(), TOLERANCE);
  if (!Number.isFinite(form)) return;
  const tensorial = scalar(form);
  const learnable = await measured(barron({ alpha: tensorial, scale: golden.threshold }), golden.residuals.flat());
  tensorial.dispose();
  expectClose(learnable.rho.data, values.flat(), 5e-5); // at 2, b = 1e-6 in the place of 0 costs a digit
  expectClose(learnable.gradient.data, gradient.flat(), 5e-5);
  expectClose(learnable.psi.data, gradient.flat(), 5e-5);
});

test.each<[number, RobustFunction]>([
  [2, squared()],
  [1, pseudoHuber({ delta: c })],
  [0, cauchy({ scale: Math.SQRT2 * c })],
  [-2, gemanMcclure({ scale: 2 * c })],
  [Number.NEGATIVE_INFINITY, welsch({ scale: Math.SQRT2 * c })],
])('alpha %d, times c², is the function that Barron names', async (alpha, named) => {
  const actual = await measured(barron({ alpha, scale: c }));
  const expected = await measured(named);
  for (const part of ['rho', 'psi', 'weight', 'gradient'] as const) {
    expectClose(
      actual[part].data.map((value) => value * c * c),
      expected[part].data,
      TOLERANCE,
    );
  }
});

test.each([
  [2, 2 - 1e-5],
  [2, 2 + 1e-5],
  [0, 1e-6],
  [0, -1e-38],
  [1, 1.000001],
  [Number.NEGATIVE_INFINITY, -1e9],
  [Number.NEGATIVE_INFINITY, -1e38],
])('alpha %d is the limit of alphas like %d', async (alpha, beside) => {
  const near = residuals.filter((r) => Math.abs(r) <= 5);
  const [limit, actual] = [await measured(barron({ alpha, scale: c }), near), await measured(barron({ alpha: beside, scale: c }), near)];
  expectClose(actual.rho.data, limit.rho.data, 2e-4); // 1e-5 times the logarithm of u²/1e-5
  expectClose(actual.gradient.data, limit.gradient.data, 2e-4);
});

test('alpha Infinity is exp(u²/2) − 1', async () => {
  const { rho, psi } = await measured(barron({ alpha: Number.POSITIVE_INFINITY, scale: 2 }), [0, 1, -4]);
  expectClose(rho.data, [0, Math.expm1(1 / 8), Math.expm1(2)], TOLERANCE);
  expectClose(psi.data, [0, Math.exp(1 / 8) / 4, -Math.exp(2)], TOLERANCE);
});

test.each([Number.NEGATIVE_INFINITY, -2, 0, 0.5, 1, 1.5, 1.9, 2])('alpha %d: no NaN at residuals of 0, 1e-20 and 1e20', async (alpha) => {
  const extremes = [0, 1e-20, -1e-20, 1e20, -1e20];
  const b = Math.abs(alpha - 2);
  const slope = (u: number) =>
    alpha === 2 ? u : alpha === Number.NEGATIVE_INFINITY ? u * Math.exp(-u * u) : u * (u ** 2 / b + 1) ** (alpha / 2 - 1);
  const form = Number.isFinite(alpha) ? [alpha, scalar(alpha)] : [alpha];
  for (const alpha of form) {
    const { rho, gradient, weight } = await measured(barron({ alpha: alpha as PerSample, scale: 0.5 }), extremes);
    expect([...rho.data, ...weight.data].some(Number.isNaN)).toBe(false);
    const expected = extremes.map((r) => 2 * slope(2 * r));
    // float32's logarithm of 1e40, times (alpha / 2 − 1), keeps 5 digits of the power; an alpha of 2 that is a tensor has b = 1e-6, a factor of 4e20 ** -1e-6
    expectClose(gradient.data, expected, typeof alpha === 'number' ? 5e-5 : 2e-4);
    if (typeof alpha !== 'number') alpha.dispose();
  }
});

describe('an alpha that is a tensor', () => {
  test.each(golden.byAlpha)(`has the gradient of ${golden.library} at $alpha`, async ({ alpha, loss, gradient }) => {
    const args = { alpha: scalar(alpha), r: tensor(golden.residuals.slice(0, 5)) };
    const by = (alpha: Tensor, r: Tensor) => barronLoss(r, r.mul(0), { alpha: alpha as Scalar, scale: 2 });
    const { value, slope } = await evaluate(
      ({ alpha, r }: typeof args) => ({ value: by(alpha, r), slope: grad((alpha) => by(alpha, r))(alpha) }),
      args,
    );
    dispose(args as never);
    expectClose(value.data, [loss], TOLERANCE);
    expectClose(slope.data, [gradient], 1e-4);
  });

  test('has the gradients of finite differences by alpha, scale and prediction, across 0 and per sample', async () => {
    const prediction = tensor([0.1, -0.4, 1.5, -3, 0.75, 0.2], [3, 2]);
    const target = zeros([3, 2]);
    const alpha = tensor1d([-1, 0, 1.5]);
    const scale = tensor1d([0.6, 1, 2]);
    const loss = (prediction: Tensor, alpha: Tensor, scale: Tensor) =>
      barronLoss(prediction, target, { alpha: alpha as PerSample, scale: scale as PerSample, reduction: 'sum' });
    for (const data of [
      [-1, 0, 1.5],
      [0.002, -0.005, 1.9],
    ]) {
      await expectGradient((alpha) => loss(prediction, alpha, scale), { shape: [3], data: Float32Array.from(data) });
    }
    await expectGradient((scale) => loss(prediction, alpha, scale), { shape: [3], data: Float32Array.of(0.6, 1, 2) });
    await expectGradient((x) => loss(x, alpha, scale), { shape: [3, 2], data: Float32Array.of(0.1, -0.4, 1.5, -3, 0.75, 0.2) });
    await expectGradient((alpha) => loss(prediction, alpha, scale), { shape: [], data: Float32Array.of(0) });
    dispose([prediction, target, alpha, scale]);
  });

  test('has finite gradients at 0, 2 and beyond, at residuals up to 1e20', async () => {
    const args = { r: tensor1d([0, 1e-20, 1, 1e20]), alphas: [-50, 0, 1, 1.999, 2].map((alpha) => scalar(alpha)) };
    const measure = ({ r, alphas }: typeof args) =>
      alphas.map((alpha) => grad((alpha) => sum(barron({ alpha: alpha as Scalar }).rho(r)))(alpha));
    const slopes = (await evaluate(measure, args)) as { data: Float32Array }[];
    dispose([args.r, ...args.alphas]);
    for (const { data } of slopes) expect(Number.isFinite(data[0])).toBe(true);
  });
});

test('leaks nothing, and a NaN stays NaN', async () => {
  await expectNoLeak(async () => {
    const args = { r: tensor1d([Number.NaN, 1]), alpha: scalar(0.5) };
    const measure = ({ r, alpha }: typeof args) =>
      [-2, 0, 0.5, 2, alpha].map((alpha) => barronLoss(r, r.mul(0), { alpha: alpha as PerSample }));
    const losses = (await evaluate(measure, args)) as { data: Float32Array }[];
    dispose(args as never);
    for (const { data } of losses) expect(data[0]).toBeNaN();
  });
});

test('refuses an alpha that is NaN or not one per sample, and scales out of range', () => {
  expect(() => barron({ alpha: Number.NaN })).toThrow(new ConfigError('barron: alpha is NaN; it must be from -Infinity to Infinity'));
  for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => barron({ scale })).toThrow(new ConfigError(`barron: scale is ${scale}; it must be a finite number above 0`));
  }
  expect(() => barronLoss(zeros([4, 2]), zeros([4, 2]), { alpha: tensor1d([1, 2]) })).toThrow(
    new ShapeError('barron: alpha is [2] but the residual is [4,2]; it must be [] or [batch]'),
  );
});
