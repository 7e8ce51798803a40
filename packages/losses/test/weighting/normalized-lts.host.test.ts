import { evaluator, expectClose, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, createRng, type LossContext, ShapeError, type Weights } from '@rddpm/core';
import { dispose, mean, type Scalar, scalar, square, sub, type Tensor, type Tensor1D, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type NormalizedLtsOptions, normalizedLts } from '../../src/weighting/normalized-lts.ts';

const squared = (prediction: Tensor, target: Tensor): Tensor1D => {
  const errors = square(sub(prediction, target));
  return errors.rank === 1 ? (errors as Tensor1D) : mean<Tensor1D>(errors, 1);
};
type Args = { x: Tensor1D; sigma: Tensor1D; step: Scalar; state: Weights };
const stepWith = (options?: NormalizedLtsOptions) => {
  const loss = normalizedLts(squared, options);
  const compiled = evaluator(({ x, sigma, step, state }: Args) => {
    const context = { sigma, step } as LossContext;
    const { loss: value, state: next } = loss.apply(x, zeros(x.shape), context, { state, learned: {} });
    return { value, count: next['error.count']!, mean: next['error.mean']! };
  });
  let state = loss.init(1).state;
  return {
    async next(residuals: number[], sigmas: number[], step = 0) {
      const args = { x: tensor1d(residuals), sigma: tensor1d(sigmas), step: scalar(step), state };
      const { value, count, mean } = await compiled(args);
      dispose(args as never);
      state = { 'error.count': tensor1d(count.data), 'error.mean': tensor1d(mean.data) };
      return { value: value.data[0]!, count: [...count.data], mean: [...mean.data] };
    },
    dispose: () => dispose(state as never),
  };
};

test('keeps what fits best for its noise, by hand, over several steps of one graph', async () => {
  await expectNoLeak(async () => {
    const steps = stepWith({ keep: 0.5, bins: 2 }); // σ below and above 1
    const first = await steps.next([1, 1, Math.E, Math.E], [0.1, 0.1, 9, 9]); // losses 1, 1, e², e²: all average; the first two stay
    expectClose([first.value, ...first.count, ...first.mean], [1, 2, 2, 0, 2], 1e-5);
    const { value, count, mean } = await steps.next([2, 2, 3, 3], [0.1, 0.1, 9, 9]); // losses 4 and 9 against geometric means 2 and 3 e
    expectClose(count, [4, 4], 1e-6);
    expectClose(mean, [Math.log(4) / 2, (2 + Math.log(9)) / 2], 1e-5);
    expect(value).toBeCloseTo(9, 4); // 4 / 2 against 9 / (3 e): the larger losses fit better for their noise
    steps.dispose();
  });
});

test('trims alike at all noise, where plain trimming discards the hard timesteps', async () => {
  const rng = createRng('normalized');
  const normal = new Float32Array(8);
  const steps = stepWith({ keep: 0.5 });
  const last: number[] = [];
  for (let k = 0; k < 60; k++) {
    const sigmas = Array.from({ length: 8 }, (_, i) => (i % 2 ? 10 : 0.05));
    rng.normal(normal);
    const residuals = sigmas.map((sigma, i) => Math.exp(0.3 * normal[i]!) / (1 + sigma)); // errors differ 100-fold with the noise
    const { value } = await steps.next(residuals, sigmas);
    if (k >= 20) last.push(value);
  }
  steps.dispose();
  // half of each noise's samples, the better ones: E[exp(.6 z) | z < 0] = 2 e^.18 Φ(-.6) = .657 of each noise's 1 / (1 + σ)²
  const expected = (0.657 * (1 / 1.05 ** 2 + 1 / 11 ** 2)) / 2;
  const average = last.reduce((a, b) => a + b) / last.length;
  expect(average / expected).toBeGreaterThan(0.85); // plain trimming would have 1 / 11² alone, .018 of it
  expect(average / expected).toBeLessThan(1.15);
});

test('the keep share may be scheduled', async () => {
  const steps = stepWith({ keep: { from: 1, to: 0.5, steps: 10 }, bins: 1 });
  expect((await steps.next([1, 2, 3, 4], [1, 1, 1, 1], 0)).value).toBeCloseTo(7.5, 5);
  expect((await steps.next([1, 2, 3, 4], [1, 1, 1, 1], 10)).value).toBeCloseTo(2.5, 5);
  steps.dispose();
});

test('errors of 0 and infinity, and infinite σ, leave the state finite', async () => {
  const steps = stepWith({ keep: 0.5 });
  const { value, mean } = await steps.next([0, 1e30, 1, 1e-20], [0, Number.POSITIVE_INFINITY, 1, 1]);
  expect(Number.isFinite(mean.reduce((a, b) => a + b))).toBe(true);
  expect(value).toBeGreaterThanOrEqual(0);
  steps.dispose();
});

test('refuses options out of range, and losses that aren’t one per sample', () => {
  expect(() => normalizedLts(squared, { keep: 0 })).toThrow(new ConfigError('normalizedLts: keep is 0; it must be above 0 and at most 1'));
  expect(() => normalizedLts(squared, { bins: 0.5 })).toThrow(
    new ConfigError('normalizedLts: bins is 0.5; it must be a whole number of at least 1'),
  );
  const loss = normalizedLts(() => scalar(1) as never);
  const x = tensor1d([1]);
  expect(() => loss.apply(x, x, {} as LossContext, loss.init(1))).toThrow(ShapeError);
});
