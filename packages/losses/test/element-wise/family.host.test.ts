import { evaluate, evaluator, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import type { PerSample, RobustFunction } from '@rddpm/losses';
import { dispose, grad, mul, type Scalar, scalar, sum, type Tensor, tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import golden from '../goldens/losses.json' with { type: 'json' };
import { FAMILY } from './family.ts';

type Args = { prediction: Tensor; target: Tensor };

/** GPUs compute exp, log and tanh to five digits or so. */
const TOLERANCE = 1e-5;

const EXTREMES = [0, 1e-20, -1e-20, 1e20, -1e20];
const SCALED = FAMILY.filter(({ option }) => option);

/** ρ, ψ, weight and the gradient of ρ at each residual. */
async function all({ rho, psi, weight }: RobustFunction, residuals: readonly number[]) {
  const r = tensor1d([...residuals]);
  const measure = ({ r }: { r: Tensor }) => ({ rho: rho(r), psi: psi(r), weight: weight(r), gradient: grad((r) => sum(rho(r)))(r) });
  const { rho: values, ...rest } = await evaluate(measure, { r });
  r.dispose();
  return { rho: values.data, psi: rest.psi.data, weight: rest.weight.data, gradient: rest.gradient.data };
}

describe.each(FAMILY)('$name', ({ name, make, loss, rho, psi, option, pull }) => {
  const threshold = golden.threshold;
  const residuals = golden.residuals.flat();
  const reference = golden.functions[name as keyof typeof golden.functions];

  test(`has the values and gradients of ${golden.library}`, async () => {
    const actual = await all(make(threshold), residuals);
    expectClose(actual.rho, reference.values.flat(), TOLERANCE);
    expectClose(actual.gradient, reference.gradient.flat(), TOLERANCE);
    expectClose(actual.psi, reference.gradient.flat(), TOLERANCE);
  });

  test('is its closed form in float64, with several thresholds', async () => {
    for (const c of option ? [0.05, 1, 30] : [1]) {
      const actual = await all(make(c), residuals);
      expectClose(
        actual.rho,
        residuals.map((r) => rho(r, c)),
        TOLERANCE,
      );
      expectClose(
        actual.gradient,
        residuals.map((r) => psi(r, c)),
        TOLERANCE,
      );
    }
  });

  test('pulls as the slope of its penalty says, on a grid', async () => {
    const grid = Array.from({ length: 61 }, (_, i) => (i - 30) * 0.1 + 0.03);
    const step = 1e-4; // in float64, of the twin that the tests above compare
    const slopes = grid.map((r) => (rho(r + step, 0.7) - rho(r - step, 0.7)) / (2 * step));
    expectClose((await all(make(0.7), grid)).psi, slopes, TOLERANCE);
  });

  test('weighs a residual by its pull over its size, at 0 by the limit', async () => {
    const grid = [-30, -2, -0.7001, -0.3, -1e-3, 1e-3, 0.1, 0.6999, 1, 5];
    const { weight } = await all(make(0.7), [...grid, 0]);
    expectClose(
      weight.slice(0, -1),
      grid.map((r) => psi(r, 0.7) / r),
      TOLERANCE,
    );
    if (name === 'l1') expect(weight.at(-1)).toBe(Number.POSITIVE_INFINITY);
    else expectClose([weight.at(-1)!], [psi(1e-6, 0.7) / 1e-6], TOLERANCE);
  });

  test('residuals of 0, 1e-20 and 1e20 give what float32 can hold', async () => {
    const { rho: values, psi: pulls, gradient, weight } = await all(make(0.2), EXTREMES);
    const expected = EXTREMES.map((r) => (rho(r, 0.2) > 3.4e38 ? Number.POSITIVE_INFINITY : rho(r, 0.2)));
    for (const [i, value] of expected.entries()) {
      if (value === Number.POSITIVE_INFINITY) expect(values[i]).toBe(value);
      else expectClose([values[i]!], [value], TOLERANCE);
    }
    const slopes = EXTREMES.map((r) => psi(r, 0.2));
    expectClose(gradient, slopes, TOLERANCE);
    expectClose(pulls, slopes, TOLERANCE);
    expect([...weight].some(Number.isNaN)).toBe(false);
  });

  test('a NaN stays NaN in the loss, with each reduction', async () => {
    const prediction = tensor2d([0.1, Number.NaN, 3, 4], [2, 2]);
    const target = zeros([2, 2]);
    const measure = ({ prediction, target }: Args) => ({
      mean: loss(prediction, target),
      sum: loss(prediction, target, { reduction: 'sum' }),
      perSample: loss(prediction, target, { reduction: 'per-sample' }),
    });
    const { mean, sum, perSample } = await evaluate(measure, { prediction, target });
    dispose([prediction, target]);
    expect([mean.data[0], sum.data[0], perSample.data[0]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(perSample.data[1]).not.toBeNaN();
  });

  test('is reduced to its mean, its sum or the mean of each sample, and leaks nothing', async () => {
    const measure = ({ prediction, target }: Args) => ({
      mean: loss(prediction, target),
      sum: loss(prediction, target, { reduction: 'sum' }),
      perSample: loss(prediction, target, { reduction: 'per-sample' }),
      flat: loss(prediction.flatten(), target.flatten(), { reduction: 'per-sample' }),
    });
    await expectNoLeak(async () => {
      const args: Args = { prediction: random([3, 2, 2, 2], 1), target: random([3, 2, 2, 2], 2) };
      const { mean, sum, perSample, flat } = await evaluate(measure, args);
      dispose(args as never);
      expect([mean.shape, sum.shape, perSample.shape, flat.shape]).toEqual([[], [], [3], [24]]);
      const total = flat.data.reduce((a, b) => a + b);
      expectClose([mean.data[0]!, sum.data[0]!], [total / 24, total], TOLERANCE);
      expectClose(
        perSample.data,
        [0, 8, 16].map((at) => flat.data.slice(at, at + 8).reduce((a, b) => a + b) / 8),
        TOLERANCE,
      );
    });
  });

  test('its loss has the gradient of finite differences by the prediction', async () => {
    const target = zeros([3, 2]);
    const at = { shape: [3, 2], data: Float32Array.of(0.1, -0.4, 1.5, -3, 0.75, 0.2) }; // none within the step of 0 or of a threshold
    await expectGradient((x) => loss(x, target, { threshold: 0.5, reduction: 'sum' }) as Scalar, at);
    target.dispose();
  });

  test('a location that it fits withstands 30 % of far values, or is carried away', async () => {
    const clean = Array.from({ length: 70 }, (_, i) => (i - 34.5) / 35); // centred at 0
    const errors: number[] = [];
    for (const far of [100, 1e4]) errors.push(Math.abs(await location(make(2), [...clean, ...Array<number>(30).fill(far)])));
    const [near, far] = errors as [number, number];
    if (pull === 'unbounded') return expect(far / near).toBeCloseTo(100, 3);
    expect(far).toBeLessThan(pull === 'bounded' ? 1.5 : 0.01); // 30 pulls of 2 against 70 of at most 1 per unit
    expect(Math.abs(far - near)).toBeLessThan(0.05); // how far hardly matters
  });

  test('refuses shapes that would broadcast, and empty ones', () => {
    const where = `${{ mse: 'mse', l1: 'l1', 'smooth-l1': 'smoothL1' }[name] ?? name.replace(/,.*/, '').replace(/-(.)/g, (_, c) => c.toUpperCase())}Loss`;
    expect(() => loss(zeros([4, 8, 8, 1]), zeros([8, 1]))).toThrow(
      new ShapeError(`${where}: prediction is [4,8,8,1] but target is [8,1]; both must have the same shape`),
    );
    expect(() => loss(zeros([0, 4]), zeros([0, 4]))).toThrow(
      new ShapeError(`${where}: prediction is [0,4]; it must be [batch, …] and not empty`),
    );
    expect(() => loss(scalar(1), scalar(1), { reduction: 'per-sample' })).toThrow(
      new ShapeError(`${where}: prediction is []; it must be [batch, …] and not empty`),
    );
    expect(() => loss(zeros([2]), zeros([2]), { reduction: 'none' as never })).toThrow(
      new ConfigError(`${where}: reduction is 'none'; it must be one of mean, sum, per-sample`),
    );
  });
});

describe.each(SCALED)('$name with a threshold that is a tensor', ({ name, make, loss, option }) => {
  const reference = golden.perSample[name as keyof typeof golden.perSample];

  test(`bends each sample at its own, as with ${golden.library}`, async () => {
    const args = { r: tensor(golden.residuals), c: tensor1d(golden.scales) };
    const measure = ({ r, c }: typeof args) => ({
      values: loss(r, mul(r, 0), { threshold: c, reduction: 'per-sample' }),
      gradient: grad((c) => sum(make(c as PerSample).rho(r)))(c),
    });
    const { values, gradient } = await evaluate(measure, args);
    dispose(args as never);
    expectClose(values.data, reference.perSample, TOLERANCE);
    expectClose(gradient.data, reference.gradient, TOLERANCE);
  });

  test('a scalar is that number', async () => {
    const args: Args & { c: Scalar } = { prediction: random([3, 4], 1), target: random([3, 4], 2), c: scalar(0.6) };
    const measure = ({ prediction, target, c }: typeof args) => [
      loss(prediction, target, { threshold: c }),
      loss(prediction, target, { threshold: 0.6 }),
    ];
    const [tensorial, number] = (await evaluate(measure, args)) as { data: Float32Array }[];
    dispose(args as never);
    expectClose(tensorial!.data, number!.data, 1e-6);
  });

  test('has the gradients of finite differences by the threshold and by the prediction', async () => {
    const prediction = tensor2d([0.1, -0.4, 1.5, -3, 0.75, 0.2], [3, 2]);
    const target = zeros([3, 2]);
    const c = tensor1d([0.25, 1, 0.5]);
    const by = (c: Tensor) => loss(prediction, target, { threshold: c as PerSample, reduction: 'sum' }) as Scalar;
    await expectGradient(by, { shape: [3], data: Float32Array.of(0.25, 1, 0.5) });
    await expectGradient(by, { shape: [], data: Float32Array.of(0.5) });
    const at = { shape: [3, 2], data: Float32Array.of(0.1, -0.4, 1.5, -3, 0.75, 0.2) };
    await expectGradient((x) => loss(x, target, { threshold: c, reduction: 'sum' }) as Scalar, at);
    dispose([prediction, target, c]);
  });

  test('residuals of 0, 1e-20 and 1e20 leave both gradients finite', async () => {
    const args = { r: tensor1d(EXTREMES), c: scalar(0.2) };
    const measure = ({ r, c }: typeof args) => ({
      byResidual: grad((r) => sum(make(c).rho(r)))(r),
      byThreshold: grad((c) => sum(make(c as Scalar).rho(r)))(c),
    });
    const { byResidual, byThreshold } = await evaluate(measure, args);
    dispose(args as never);
    for (const value of [...byResidual.data, ...byThreshold.data]) expect(Number.isFinite(value)).toBe(true);
  });

  test('refuses one that is not one per sample, and numbers out of range', () => {
    const call = name.replace(/,.*/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(() => loss(zeros([4, 2]), zeros([4, 2]), { threshold: tensor1d([1, 2]) })).toThrow(
      new ShapeError(`${call}: ${option} is [2] but the residual is [4,2]; it must be [] or [batch]`),
    );
    const range = option === 'delta' ? '0 or above' : 'a finite number above 0';
    for (const wrong of option === 'delta' ? [-1, Number.NaN] : [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => make(wrong)).toThrow(new ConfigError(`${call}: ${option} is ${wrong}; it must be ${range}`));
    }
  });
});

/** Iteratively reweighted least squares from the median. */
async function location({ weight }: RobustFunction, samples: readonly number[]): Promise<number> {
  const x = tensor1d([...samples]);
  const count = samples.length;
  const step = ({ at, x }: { at: Tensor; x: Tensor }) => {
    const w = weight(x.sub(at).add(1e-4)); // beside 0, where that of |r| is infinite
    return sum(mul(w, x)).div(sum(w));
  };
  const next = evaluator(step);
  let at = samples.toSorted((a, b) => a - b)[Math.floor(count / 2)]!;
  for (let k = 0; k < 60; k++) {
    const estimate = scalar(at);
    at = (await next({ at: estimate, x })).data[0]!;
    estimate.dispose();
  }
  x.dispose();
  return at;
}
