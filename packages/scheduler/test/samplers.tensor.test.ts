import { evaluate, evaluator, expectClose, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, type NoiseSchedule, type PredictionType, type Sampler, type SamplerInput, ShapeError } from '@rddpm/core';
import {
  cosineSchedule,
  ddimInversion,
  ddimSampler,
  ddpmSampler,
  dpmSolverSampler,
  linearSchedule,
  zeroTerminalSnr,
} from '@rddpm/scheduler';
import { dispose, ones, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { answer, type GoldenChain, type GoldenStep, golden, inputs, samplerOptionsOf, scheduleOf } from './golden.ts';

type Args = { xt: Tensor4D; prediction: Tensor4D; noise: Tensor4D; previousX0: Tensor4D; coefficients: Tensor1D };
type Values = { xt: Float32Array; prediction: Float32Array; noise: Float32Array };
type At = { t: number; tPrev: number; tBefore?: number };

async function stepOn(sampler: Sampler, { t, tPrev, ...values }: At & Values, shape = golden.shape) {
  const args: Args = {
    xt: tensor4d(values.xt, shape),
    prediction: tensor4d(values.prediction, shape),
    noise: tensor4d(values.noise, shape),
    previousX0: tensor4d(values.noise, shape),
    coefficients: tensor1d(sampler.coefficients(t, tPrev)),
  };
  const result = await evaluate(({ coefficients, ...input }: Args) => sampler.apply(input, coefficients), args);
  dispose(args as never);
  return result;
}

/** One compiled step, over and over: `stops` are the timesteps, each with the one that it leads to and the one before. */
async function chainOn(sampler: Sampler, stops: readonly At[]): Promise<Float32Array[]> {
  const run = evaluator(({ coefficients, ...input }: Args) => sampler.apply(input, coefficients));
  let [xt, previousX0] = [inputs.xt, new Float32Array(inputs.xt.length)];
  const chain: Float32Array[] = [];
  for (const [k, { t, tPrev, tBefore }] of stops.entries()) {
    const args: Args = {
      xt: tensor4d(xt, golden.shape),
      prediction: tensor4d(answer(k), golden.shape),
      noise: tensor4d(inputs.noise, golden.shape),
      previousX0: tensor4d(previousX0, golden.shape),
      coefficients: tensor1d(sampler.coefficients(t, tPrev, tBefore)),
    };
    const { xPrev, x0 } = await run(args);
    dispose(args as never);
    [xt, previousX0] = [Float32Array.from(xPrev.data), Float32Array.from(x0.data)];
    chain.push(xt);
  }
  return chain;
}

function samplerOf(step: GoldenStep): Sampler {
  const options = samplerOptionsOf(step);
  if (step.sampler === 'ddim') return ddimSampler(scheduleOf(step), { ...options, eta: step.eta });
  const variance = step.variance === 'fixed_small_log' ? 'fixed_small' : step.variance; // the same number, by way of its logarithm
  return ddpmSampler(scheduleOf(step), { ...options, variance });
}

const named = <G extends GoldenStep | GoldenChain>(cases: readonly G[]) =>
  cases.map((golden) => ({ name: JSON.stringify({ ...golden, x0: undefined, xPrev: undefined }), golden }));

describe("a step is diffusers'", () => {
  test.each(named(golden.steps))('$name', async ({ golden: step }) => {
    const actual = await stepOn(samplerOf(step), { ...inputs, t: step.t, tPrev: step.tPrev });
    // float32 rounds x0 at about 5 times its size before it is clipped
    expectClose(actual.x0, { shape: golden.shape, data: Float32Array.from(step.x0) }, 2e-6);
    expectClose(actual.xPrev, { shape: golden.shape, data: Float32Array.from(step.xPrev) }, 2e-6);
  });
});

describe("a DPM-Solver++ chain is diffusers'", () => {
  test.each(named(golden.dpmChains))('$name', async ({ golden: { timesteps, xPrev, ...how } }) => {
    const sampler = dpmSolverSampler(scheduleOf(how), samplerOptionsOf(how));
    const stops = timesteps.map((t, i) => ({ t, tPrev: timesteps[i + 1] ?? -1, ...(i > 0 && { tBefore: timesteps[i - 1]! }) }));
    const chain = await chainOn(sampler, stops);
    xPrev.forEach((expected, k) => {
      expectClose(chain[k]!, expected, 1e-5); // rounding at up to 158 times the size, where ᾱ is smallest
    });
  });
});

describe("a DDIM inversion is diffusers'", () => {
  test.each(named(golden.inversionChains))('$name', async ({ golden: { timesteps, xPrev, ...how } }) => {
    const { prediction, clip } = samplerOptionsOf(how);
    const sampler = ddimInversion(scheduleOf(how), { prediction: prediction!, clip: clip! });
    const chain = await chainOn(
      sampler,
      timesteps.map((t, i) => ({ t, tPrev: timesteps[i - 1] ?? -1 })),
    );
    xPrev.forEach((expected, k) => {
      expectClose(chain[k]!, expected, 5e-6);
    });
  });
});

const tiny = linearSchedule({ steps: 2, betaStart: 0.2, betaEnd: 0.55 }); // ᾱ 0.8 and 0.36

describe('one pixel, by hand', () => {
  const values = { xt: Float32Array.of(0.9), noise: Float32Array.of(1) };
  const x0 = (0.9 - 0.8 * 0.75) / 0.6; // 0.5
  const predictions: [PredictionType, number][] = [
    ['epsilon', 0.75],
    ['sample', x0],
    ['v_prediction', 0.6 * 0.75 - 0.8 * x0],
  ];

  test.each(predictions)('DDPM with %s', async (prediction, predicted) => {
    const at = { ...values, prediction: Float32Array.of(predicted), t: 1, tPrev: 0 };
    const actual = await stepOn(ddpmSampler(tiny, { prediction }), at, [1, 1, 1, 1]);
    const mean = ((Math.sqrt(0.8) * 0.55) / 0.64) * x0 + ((Math.sqrt(0.45) * 0.2) / 0.64) * 0.9;
    expectClose(actual.x0.data, [x0], 1e-6);
    expectClose(actual.xPrev.data, [mean + Math.sqrt((0.2 / 0.64) * 0.55)], 1e-6);
  });

  test.each(predictions)('DDIM with %s', async (prediction, predicted) => {
    const at = { ...values, prediction: Float32Array.of(predicted), t: 1, tPrev: 0 };
    const actual = await stepOn(ddimSampler(tiny, { prediction }), at, [1, 1, 1, 1]);
    expectClose(actual.x0.data, [x0], 1e-6);
    expectClose(actual.xPrev.data, [Math.sqrt(0.8) * x0 + Math.sqrt(0.2) * 0.75], 1e-6);
  });

  test('DPM-Solver++ walks from x0 along the line through the x0 before', async () => {
    const schedule = linearSchedule({ steps: 3, betaStart: 0.2, betaEnd: 0.8 }); // ᾱ 0.8, 0.4, 0.08
    const lambda = schedule.alphasCumprod.map((alphaCumprod) => Math.log(alphaCumprod / (1 - alphaCumprod)) / 2);
    const [h, hBefore] = [lambda[0]! - lambda[1]!, lambda[1]! - lambda[2]!];
    const extrapolated = 0.5 + (h / (2 * hBefore)) * (0.5 - 0.1);
    const sampler = dpmSolverSampler(schedule, { prediction: 'sample' });
    const args = {
      xt: tensor4d([0.9], [1, 1, 1, 1]),
      prediction: tensor4d([0.5], [1, 1, 1, 1]),
      noise: tensor4d([7], [1, 1, 1, 1]),
      previousX0: tensor4d([0.1], [1, 1, 1, 1]),
    };
    const { xPrev } = await evaluate((input: SamplerInput) => sampler.step({ ...input, t: 1, tPrev: 0, tBefore: 2 }), args as never);
    dispose(args as never);
    expectClose(xPrev.data, [Math.sqrt(0.2 / 0.6) * 0.9 + Math.sqrt(0.8) * (1 - Math.exp(-h)) * extrapolated], 1e-6);
  });

  test('a threshold is the quantile of each sample, between 1 and the largest that is allowed', async () => {
    const x0 = [0.5, -2, 1, 0, 4, 0.2, -9, 0, 0.1, 0.1, 0.2, 0.3]; // three samples of four pixels
    const sampler = ddpmSampler(tiny, { prediction: 'sample', thresholding: { ratio: 0.5, maxValue: 1.5 } });
    const prediction = Float32Array.from(x0);
    const actual = await stepOn(sampler, { xt: prediction, noise: prediction, prediction, t: 1, tPrev: 0 }, [3, 2, 2, 1]);
    // medians 0.75 -> 1, 2.1 -> 1.5, 0.15 -> 1
    expectClose(actual.x0.data, [0.5, -1, 1, 0, 1, 0.2 / 1.5, -1, 0, 0.1, 0.1, 0.2, 0.3], 1e-6);
  });
});

test.each<[string, Sampler]>([
  ['ddpmSampler', ddpmSampler(linearSchedule(), { variance: 'fixed_large' })],
  ['ddimSampler', ddimSampler(linearSchedule(), { eta: 1 })],
  ['dpmSolverSampler', dpmSolverSampler(linearSchedule(), { prediction: 'v_prediction' })],
])('%s ends the chain at x0, without noise', async (_, sampler) => {
  const { xPrev, x0 } = await stepOn(sampler, { ...inputs, t: 20, tPrev: -1 });
  expectClose(xPrev, x0, 1e-6);
});

test('DDIM with eta 1 is DDPM where nothing is clipped', async () => {
  const schedule = linearSchedule();
  const at = { ...inputs, t: 640, tPrev: 440 };
  const ddim = await stepOn(ddimSampler(schedule, { eta: 1, clip: false }), at);
  const ddpm = await stepOn(ddpmSampler(schedule, { clip: false }), at);
  expectClose(ddim.xPrev, ddpm.xPrev, 1e-5); // x0 is up to 15 here
});

test('DPM-Solver++ is DDIM at first order, where nothing is clipped', async () => {
  const at = { ...inputs, t: 640, tPrev: 440 };
  const dpm = await stepOn(dpmSolverSampler(cosineSchedule(), { clip: false }), at);
  const ddim = await stepOn(ddimSampler(cosineSchedule(), { clip: false }), at);
  expectClose(dpm.xPrev, ddim.xPrev, 1e-5);
});

test('the true noise leads DDIM back along the forward process, and its inversion up again', async () => {
  const { alphasCumprod } = linearSchedule();
  const image = Float32Array.from(inputs.xt, (value) => value / 2); // within [-1, 1]
  const noised = (t: number) =>
    image.map((value, i) => Math.sqrt(alphasCumprod[t]!) * value + Math.sqrt(1 - alphasCumprod[t]!) * inputs.prediction[i]!);
  const { xPrev, x0 } = await stepOn(ddimSampler(linearSchedule()), { ...inputs, xt: noised(300), t: 300, tPrev: 120 });
  expectClose(x0.data, image, 1e-6);
  expectClose(xPrev.data, noised(120), 1e-6);
  const up = await stepOn(ddimInversion(linearSchedule()), { ...inputs, xt: noised(120), t: 300, tPrev: 120 });
  expectClose(up.xPrev.data, noised(300), 1e-6);
  const fromImage = await stepOn(ddimInversion(linearSchedule()), { ...inputs, xt: image, t: 300, tPrev: -1 });
  expectClose(fromImage.xPrev.data, noised(300), 1e-6);
});

describe("guided-diffusion's tables, which clip the variance at t = 0, give the same chain", () => {
  const schedule = linearSchedule({ steps: 5, betaStart: 0.05, betaEnd: 0.4 });

  test.each(['fixed_small', 'fixed_large'] as const)('%s', async (variance) => {
    const { betas, alphasCumprod } = schedule;
    const before = (t: number) => (t > 0 ? alphasCumprod[t - 1]! : 1);
    const posterior = betas.map((beta, t) => (beta * (1 - before(t))) / (1 - alphasCumprod[t]!));
    const variances = variance === 'fixed_small' ? posterior.slice() : betas.slice();
    variances[0] = posterior[1]!;
    let x = Float64Array.from(inputs.xt);
    const expected = [4, 3, 2, 1, 0].map((t, k) => {
      const predicted = answer(k);
      x = x.map((value, i) => {
        const implied = value / Math.sqrt(alphasCumprod[t]!) - Math.sqrt(1 / alphasCumprod[t]! - 1) * predicted[i]!;
        const x0 = Math.min(1, Math.max(-1, implied));
        const mean =
          ((betas[t]! * Math.sqrt(before(t))) / (1 - alphasCumprod[t]!)) * x0 +
          (((1 - before(t)) * Math.sqrt(1 - betas[t]!)) / (1 - alphasCumprod[t]!)) * value;
        return mean + (t === 0 ? 0 : 1) * Math.exp(0.5 * Math.log(variances[t]!)) * inputs.noise[i]!;
      });
      return x;
    });
    const chain = await chainOn(
      ddpmSampler(schedule, { variance }),
      [4, 3, 2, 1, 0].map((t) => ({ t, tPrev: t - 1 })),
    );
    chain.forEach((actual, k) => {
      expectClose(actual, expected[k]!, 2e-6);
    });
  });
});

test('steps that add noise say so', () => {
  const uses = (sampler: Sampler, t: number, tPrev: number) => sampler.usesNoise(sampler.coefficients(t, tPrev));
  expect(uses(ddimSampler(tiny), 1, 0)).toBe(false);
  expect(uses(ddimSampler(tiny, { eta: 0.1 }), 1, 0)).toBe(true);
  expect(uses(ddimSampler(tiny, { eta: 0.1 }), 1, -1)).toBe(false);
  expect(uses(ddpmSampler(tiny), 1, 0)).toBe(true);
  expect(uses(ddpmSampler(tiny, { variance: 'fixed_large' }), 1, -1)).toBe(false);
  expect(uses(dpmSolverSampler(tiny), 1, 0)).toBe(false);
  expect(uses(ddimInversion(tiny), 1, 0)).toBe(false);
});

async function stepWithoutX0Before(sampler: Sampler, at: { t: number; tPrev: number }) {
  const args = {
    xt: tensor4d(inputs.xt, golden.shape),
    prediction: tensor4d(inputs.prediction, golden.shape),
    noise: tensor4d(inputs.noise, golden.shape),
  };
  const output = await evaluate((input: Omit<SamplerInput, 'previousX0'>) => sampler.step({ ...input, ...at }), args);
  dispose(args);
  return output;
}

test('step is apply with its coefficients, and leaves no tensors behind', async () => {
  const sampler = ddimSampler(linearSchedule(), { eta: 0.3, thresholding: { maxValue: 2 } });
  const at = { t: 199, tPrev: 181 };
  const expected = await stepOn(sampler, { ...inputs, ...at });
  await expectNoLeak(async () => {
    expect(await stepWithoutX0Before(sampler, at)).toEqual(expected);
  });
});

test('a first multistep step needs no x0 before', async () => {
  const sampler = dpmSolverSampler(linearSchedule());
  const at = { t: 199, tPrev: 181 };
  const actual = await stepWithoutX0Before(sampler, at);
  const expected = await stepOn(sampler, { ...inputs, ...at });
  expectClose(actual.xPrev, expected.xPrev, 1e-6);
});

describe('refuses', () => {
  const sampler = ddpmSampler(tiny);

  test.each([
    [2, 0, undefined, 'ddpmSampler.coefficients: t is 2; it must be a whole number from 0 to 1'],
    [0.5, 0, undefined, 'ddpmSampler.coefficients: t is 0.5; it must be a whole number from 0 to 1'],
    [1, 1, undefined, 'ddpmSampler.coefficients: tPrev is 1; it must be a whole number from -1 to 0'],
    [1, -2, undefined, 'ddpmSampler.coefficients: tPrev is -2; it must be a whole number from -1 to 0'],
    [0, -1, 0, 'ddpmSampler.coefficients: tBefore is 0; it must be a whole number from 1 to 1'],
    [1, 0, 2, 'ddpmSampler.coefficients: tBefore is 2, but t is 1, where chains begin'],
  ])('t %d after tPrev %d', (t, tPrev, tBefore, message) => {
    expect(() => sampler.coefficients(t, tPrev, tBefore)).toThrow(new ConfigError(message));
  });

  test('tensors whose shapes do not fit together', () => {
    const x = ones([1, 2, 2, 1]) as Tensor4D;
    const other = ones([1, 2, 2, 3]) as Tensor4D;
    const coefficients = tensor1d(sampler.coefficients(1, 0));
    const message = (name: string) => `ddpmSampler.apply: xt is [1,2,2,1] but ${name} is [1,2,2,3]; both must have the same shape`;
    const x3 = { xt: x, prediction: x, noise: x };
    expect(() => sampler.apply({ ...x3, prediction: other }, coefficients)).toThrow(new ShapeError(message('prediction')));
    expect(() => sampler.apply({ ...x3, noise: other }, coefficients)).toThrow(new ShapeError(message('noise')));
    expect(() => sampler.apply({ ...x3, previousX0: other }, coefficients)).toThrow(new ShapeError(message('previousX0')));
    expect(() => sampler.apply(x3, tensor1d([1]))).toThrow(
      new ShapeError('ddpmSampler.apply: coefficients is [1]; it must be the [7] of coefficients(t, tPrev)'),
    );
    expect(() => dpmSolverSampler(tiny).apply(x3, coefficients)).toThrow(/dpmSolverSampler\.apply: previousX0 is missing/);
  });

  test.each<[(schedule: NoiseSchedule, options: never) => Sampler, object, string]>([
    [ddimSampler, { eta: 1.5 }, 'ddimSampler: eta is 1.5; it must be between 0 and 1'],
    [ddpmSampler, { variance: 'learned' }, "ddpmSampler: variance is 'learned'; it must be one of fixed_small, fixed_large"],
    [dpmSolverSampler, { prediction: 'flow' }, "dpmSolverSampler: prediction is 'flow'; it must be one of epsilon, sample, v_prediction"],
    [ddimInversion, { clip: -1 }, 'ddimInversion: clip is -1; it must be a finite number above 0'],
    [ddimSampler, { clip: 'yes' }, 'ddimSampler: clip is yes; it must be true, false or a number above 0'],
    [ddimSampler, { thresholding: { ratio: 99.5 } }, 'ddimSampler: thresholding.ratio is 99.5; it must be in [0, 1]'],
    [
      ddimSampler,
      { thresholding: { maxValue: 0.5 } },
      'ddimSampler: thresholding.maxValue is 0.5; it must be a finite number of at least 1',
    ],
  ])('options out of range: %o %j', (create, options, message) => {
    expect(() => create(tiny, options as never)).toThrow(new ConfigError(message));
  });

  const noSnr = zeroTerminalSnr(tiny);

  test.each<[string, Sampler]>([
    ['ddpmSampler', ddpmSampler(noSnr)],
    ['ddimSampler', ddimSampler(noSnr)],
    ['dpmSolverSampler', dpmSolverSampler(noSnr)],
  ])('%s: predicted noise where nothing is left of the image', (name, sampler) => {
    expect(() => sampler.coefficients(1, 0)).toThrow(ConfigError);
    expect(() => sampler.coefficients(1, 0)).toThrow(`${name}.coefficients: prediction is 'epsilon', but at t = 1 nothing is left`);
    expect([...sampler.coefficients(0, -1)].every(Number.isFinite)).toBe(true);
  });

  test('an inversion by predicted images, from the clean image', () => {
    expect(() => ddimInversion(tiny, { prediction: 'sample' }).coefficients(0, -1)).toThrow(ConfigError);
    expect([...ddimInversion(tiny, { prediction: 'sample' }).coefficients(1, 0)].every(Number.isFinite)).toBe(true);
    expect([...ddimInversion(noSnr).coefficients(1, 0)].every(Number.isFinite)).toBe(true); // up to pure noise
  });
});
