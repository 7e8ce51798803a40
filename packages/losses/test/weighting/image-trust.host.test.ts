import { evaluate, evaluator, expectClose, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, createRng, type LossContext, ShapeError, type Weights } from '@rddpm/core';
import {
  clone,
  dispose,
  div,
  expandDims,
  grad,
  keep,
  mean,
  mul,
  type Scalar,
  scalar,
  sign,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  tensor1d,
  tensor2d,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type ImageTrustOptions, imageTrust, imageTrustWeights } from '../../src/weighting/image-trust.ts';

const squared = (prediction: Tensor, target: Tensor) => mean<Tensor1D>(square(sub(prediction, target)), 1);
const [ROWS, DIRTY, DIMENSIONS, BATCH] = [40, 8, 4, 8];

/** σ of the linear schedule with 1000 steps. */
const sigmas: number[] = [];
for (let t = 0, product = 1; t < 1000; t++) {
  product *= 1 - (1e-4 + (t * (0.02 - 1e-4)) / 999);
  sigmas.push(Math.sqrt((1 - product) / product));
}

/**
 * Denoising with a network that knows one thing, where the data lie: it predicts the noise as if x0 were `at`, so its error is
 * (x0 - at) / σ, from 1e4 to 1e-4 by the timestep alone. 8 of 40 rows lie 1.5 away from the others, whose deviation is .3.
 */
type Step = { at: Tensor1D; rows: Tensor2D; sigma: Tensor1D; index: Tensor1D; step: Scalar; rate: Scalar; state: Weights };
async function fitted(options: ImageTrustOptions) {
  const rng = createRng('toy');
  const deviations = rng.normal(new Float32Array(ROWS * DIMENSIONS));
  const data = deviations.map((z, i) => 0.3 * z + (Math.floor(i / DIMENSIONS) % 5 === 2 ? 1.5 : 0));
  const loss = imageTrust(squared, options);
  const compiled = evaluator(({ at, rows, sigma, index, step, rate, state }: Step) => {
    const context = { sigma, index, step } as LossContext;
    let next: Weights = {};
    const objective = (at: Tensor) => {
      const { loss: value, state: moved } = loss.apply(div(sub(at, rows), expandDims(sigma, 1)), zeros(rows.shape), context, {
        state,
        learned: {},
      });
      next = Object.fromEntries(Object.entries(moved).map(([name, values]) => [name, keep(clone(values))]));
      return value;
    };
    const slope = grad(objective)(at);
    const after = Object.fromEntries(Object.entries(next).map(([name, values]) => [name, clone(values)]));
    dispose(next as never);
    return { at: sub(at, mul(rate, sign(slope))), state: after };
  });
  let state = loss.init(ROWS).state;
  let at = Float32Array.of(0.3, 0.3, 0.3, 0.3);
  for (let k = 0; k < 200; k++) {
    const picked = Array.from({ length: BATCH }, () => rng.integer(ROWS)); // a row may come twice
    const args = {
      at: tensor1d(at),
      rows: tensor2d(
        picked.flatMap((row) => [...data.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS)]),
        [BATCH, DIMENSIONS],
      ),
      sigma: tensor1d(picked.map(() => sigmas[rng.integer(1000)]!)),
      index: tensor1d(picked, 'int32'),
      step: scalar(k),
      rate: scalar(0.02),
      state,
    };
    const result = await compiled(args);
    dispose(args as never);
    at = result.at.data as Float32Array<ArrayBuffer>;
    const entries = Object.entries(result.state as Record<string, { data: Float32Array; shape: number[] }>);
    state = Object.fromEntries(entries.map(([name, { data, shape }]) => [name, tensor(data, shape)]));
  }
  return { at, state };
}

describe.each([
  ['hard', 0.2],
  ['soft', 0.65],
] as const)('%s', (mode, most) => {
  test('finds the rows that are contaminated, at timesteps of all kinds, and fits the others', async () => {
    await expectNoLeak(async () => {
      const { at, state } = await fitted({ mode, warmupSteps: 60 });
      const { data: weights } = await evaluate((state: Weights) => imageTrustWeights(state, { mode }), state);
      const scores = await state['images.score']!.data();
      const dirty = [...scores].map((score, row) => ({ row, score })).toSorted((a, b) => b.score - a.score);
      const suspects = dirty.slice(0, DIRTY).map(({ row }) => row);
      expect(suspects.filter((row) => row % 5 === 2).length).toBeGreaterThanOrEqual(DIRTY - 1);
      const [trusted, distrusted] = [0, 2].map((rest) => weights.filter((_, row) => row % 5 === rest).reduce((a, b) => a + b) / 8);
      expect(distrusted! / trusted!).toBeLessThan(most);
      expect(Math.abs(at.reduce((a, b) => a + b) / 4)).toBeLessThan(0.2);
      dispose(state as never);
    });
  });
});

/** Three images, in a state that knows the noise; the second one's score is high. */
const state = (): Weights => ({
  'bins.count': tensor1d([50, 50]),
  'bins.mean': tensor1d([0, 2]),
  'bins.spread': tensor1d([1, 1]),
  'images.count': tensor1d([2, 2, 0]),
  'images.score': tensor1d([-1, 2, 0]),
});
type Args = { x: Tensor2D; sigma: Tensor1D; index: Tensor1D; step: Scalar; state: Weights };
const args = (step: number): Args => ({
  x: tensor2d([1, 2, Math.E, 3], [4, 1]), // losses 1, 4, e², 9
  sigma: tensor1d([0.5, 0.5, 5, 5]),
  index: tensor1d([0, 1, 1, 2], 'int32'),
  step: scalar(step),
  state: state(),
});
const stepWith =
  (options: ImageTrustOptions) =>
  ({ x, state, ...context }: Args) =>
    imageTrust(squared, { bins: 2, ...options }).apply(x, zeros(x.shape), context as never as LossContext, { state, learned: {} });

describe('one step', () => {
  test('gives the distrusted images weight 0 after the warm-up, by hand', async () => {
    const [before, after] = [args(4), args(5)];
    const step = evaluator(stepWith({ trim: 0.3, warmupSteps: 5 }));
    expectClose((await step(before)).loss.data, [(1 + 4 + Math.E ** 2 + 9) / 4], 1e-5);
    expectClose((await step(after)).loss.data, [(1 + 9) / 4 / (2 / 3)], 1e-5); // by the mean weight of all images
    dispose([before, after] as never);
  });

  test('moves scores by how far the error lies from what is usual at that noise', async () => {
    const given = args(0);
    const { state } = await evaluate(stepWith({}), given);
    const deviation = Math.sqrt(Math.PI / 2);
    const [first, twice, third] = [0, (Math.log(4) + 0) / deviation, (Math.log(9) - 2) / deviation];
    expectClose(state['images.count']!.data, [3, 4, 1], 1e-6);
    expectClose(state['images.score']!.data, [(-1 * 2 + first) / 3, (2 * 2 + twice) / 4, third], 1e-5); // the second image came twice
    expectClose(state['bins.count']!.data, [52, 52], 1e-6);
    expectClose(state['bins.mean']!.data, [Math.log(4) / 52, 2 + (Math.log(9) - 2) / 52], 1e-5);
    dispose(given as never);
  });

  test('a bin that saw few samples says nothing', async () => {
    const given = args(0);
    dispose(given.state['bins.count']!);
    const fresh = { ...given, state: { ...given.state, 'bins.count': tensor1d([9, 9]) } };
    const { state } = await evaluate(stepWith({}), fresh);
    expectClose(state['images.count']!.data, [2, 2, 0], 1e-6);
    expectClose(state['images.score']!.data, [-1, 2, 0], 1e-6);
    dispose(fresh as never);
  });

  test('its gradient is that of the weighted mean', async () => {
    const given = args(9);
    const slope = ({ x, ...rest }: Args) => grad((x) => stepWith({ trim: 0.3, warmupSteps: 0 })({ ...rest, x: x as Tensor2D }).loss)(x);
    const { data } = await evaluate(slope, given);
    expectClose(data, [2 / 4 / (2 / 3), 0, 0, 6 / 4 / (2 / 3)], 1e-5);
    dispose(given as never);
  });

  test('residuals of 1e-20 and 1e20 make no NaN', async () => {
    const given = args(9);
    given.x.dispose();
    const extreme = { ...given, x: tensor2d([1e-20, 1e20, 1, 1e-20], [4, 1]) };
    const { loss, state } = await evaluate(stepWith({ trim: 0.3, warmupSteps: 0 }), extreme); // the large one is of the distrusted image
    expect(Number.isFinite(loss.data[0])).toBe(true);
    for (const values of Object.values(state)) expect(values.data.every(Number.isFinite)).toBe(true);
    dispose(extreme as never);
  });

  test('a NaN stays, of a distrusted image, too', async () => {
    const given = args(9);
    given.x.dispose();
    const missing = { ...given, x: tensor2d([1, Number.NaN, 1, 1], [4, 1]) };
    expect((await evaluate(stepWith({ trim: 0.3, warmupSteps: 0 }), missing)).loss.data[0]).toBeNaN();
    dispose(missing as never);
  });
});

test('soft weights fall with the distance from the median score, by hand', async () => {
  const scores = tensor1d([0, 1, 2, 3, 14]);
  const known = { 'images.count': tensor1d([8, 8, 8, 8, 8]), 'images.score': mul(scores, 10 / 8) };
  const { data } = await evaluate((state: Weights) => imageTrustWeights(state, { mode: 'soft' }), known);
  const scale = 2.385 * 1.4826; // the median distance from the median, 2, is 1
  expectClose(
    data,
    [0, 0, 0, 1, 12].map((distance) => 1 / (1 + (distance / scale) ** 2)),
    1e-5,
  );
  dispose([scores, known] as never);
});

test('refuses options out of range, no images, and losses that aren’t one per sample', () => {
  expect(() => imageTrust(squared, { trim: 1 })).toThrow(new ConfigError('imageTrust: trim is 1; it must be at least 0 and below 1'));
  expect(() => imageTrust(squared, { mode: 'firm' as never })).toThrow(
    new ConfigError("imageTrust: mode is 'firm'; it must be one of hard, soft"),
  );
  expect(() => imageTrust(squared, { warmupSteps: 0.5 })).toThrow(
    new ConfigError('imageTrust: warmupSteps is 0.5; it must be a whole number of at least 0'),
  );
  expect(() => imageTrust(squared).init(0)).toThrow(new ConfigError('imageTrust: images is 0; it must be a whole number of at least 1'));
  const given = args(0);
  const loss = imageTrust(() => scalar(1) as never);
  expect(() => loss.apply(given.x, given.x, given as never as LossContext, { state: given.state, learned: {} })).toThrow(ShapeError);
  dispose(given as never);
});
