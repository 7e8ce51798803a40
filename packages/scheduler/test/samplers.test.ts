import { evaluate, expectClose, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, type Sampler, type SamplerInput, ShapeError } from '@rddpm/core';
import { cosineSchedule, ddimSampler, ddpmSampler, linearSchedule } from '@rddpm/scheduler';
import { dispose, ones, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type GoldenStep, golden, inputs } from './golden.ts';

type Args = { xt: Tensor4D; predictedNoise: Tensor4D; noise: Tensor4D; coefficients: Tensor1D };

async function stepOn(sampler: Sampler, { t, tPrev, ...values }: { t: number; tPrev: number } & typeof inputs, shape = golden.shape) {
  const args: Args = {
    xt: tensor4d(values.xt, shape),
    predictedNoise: tensor4d(values.predictedNoise, shape),
    noise: tensor4d(values.noise, shape),
    coefficients: tensor1d(sampler.coefficients(t, tPrev)),
  };
  const result = await evaluate(({ coefficients, ...input }: Args) => sampler.apply(input, coefficients), args);
  dispose(args as never);
  return result;
}

function samplerOf(step: GoldenStep): Sampler {
  const schedule = step.schedule === 'linear' ? linearSchedule() : cosineSchedule();
  const { clip } = step;
  return step.sampler === 'ddpm'
    ? ddpmSampler(schedule, { variance: step.variance, clip })
    : ddimSampler(schedule, { eta: step.eta, clip });
}

describe("a step is diffusers'", () => {
  test.each(golden.steps.map(({ xPrev, x0, ...step }) => ({ name: JSON.stringify(step), step: { ...step, xPrev, x0 } as GoldenStep })))(
    '$name',
    async ({ step }) => {
      const actual = await stepOn(samplerOf(step), { ...inputs, t: step.t, tPrev: step.tPrev });
      // float32 rounds x0 at about 5 times its size before it is clipped
      expectClose(actual.x0, { shape: golden.shape, data: Float32Array.from(step.x0) }, 2e-6);
      expectClose(actual.xPrev, { shape: golden.shape, data: Float32Array.from(step.xPrev) }, 2e-6);
    },
  );
});

const tiny = linearSchedule({ steps: 2, betaStart: 0.2, betaEnd: 0.55 }); // ᾱ 0.8 and 0.36

describe('one pixel, by hand', () => {
  const values = { xt: Float32Array.of(0.9), predictedNoise: Float32Array.of(0.75), noise: Float32Array.of(1) };
  const x0 = (0.9 - 0.8 * 0.75) / 0.6; // 0.5

  test('DDPM', async () => {
    const actual = await stepOn(ddpmSampler(tiny), { ...values, t: 1, tPrev: 0 }, [1, 1, 1, 1]);
    const mean = ((Math.sqrt(0.8) * 0.55) / 0.64) * x0 + ((Math.sqrt(0.45) * 0.2) / 0.64) * 0.9;
    expectClose(actual.x0.data, [x0], 1e-6);
    expectClose(actual.xPrev.data, [mean + Math.sqrt((0.2 / 0.64) * 0.55)], 1e-6);
  });

  test('DDIM', async () => {
    const actual = await stepOn(ddimSampler(tiny), { ...values, t: 1, tPrev: 0 }, [1, 1, 1, 1]);
    expectClose(actual.x0.data, [x0], 1e-6);
    expectClose(actual.xPrev.data, [Math.sqrt(0.8) * x0 + Math.sqrt(0.2) * 0.75], 1e-6);
  });
});

test.each([
  ['ddpmSampler', ddpmSampler(linearSchedule(), { variance: 'fixed_large' })],
  ['ddimSampler', ddimSampler(linearSchedule(), { eta: 1 })],
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

test('the true noise leads DDIM back along the forward process', async () => {
  const { alphasCumprod } = linearSchedule();
  const image = Float32Array.from(inputs.xt, (value) => value / 2); // within [-1, 1]
  const noised = (t: number) =>
    image.map((value, i) => Math.sqrt(alphasCumprod[t]!) * value + Math.sqrt(1 - alphasCumprod[t]!) * inputs.predictedNoise[i]!);
  const { xPrev, x0 } = await stepOn(ddimSampler(linearSchedule()), { ...inputs, xt: noised(300), t: 300, tPrev: 120 });
  expectClose(x0.data, image, 1e-6);
  expectClose(xPrev.data, noised(120), 1e-6);
});

test('step is apply with its coefficients, and leaves no tensors behind', async () => {
  const sampler = ddimSampler(linearSchedule(), { eta: 0.3 });
  const at = { t: 199, tPrev: 181 };
  const expected = await stepOn(sampler, { ...inputs, ...at });
  await expectNoLeak(async () => {
    const args: SamplerInput = {
      xt: tensor4d(inputs.xt, golden.shape),
      predictedNoise: tensor4d(inputs.predictedNoise, golden.shape),
      noise: tensor4d(inputs.noise, golden.shape),
    };
    const actual = await evaluate((input: Omit<SamplerInput, 'previousX0'>) => sampler.step({ ...input, ...at }), args as never);
    dispose(args as never);
    expect(actual).toEqual(expected);
  });
});

describe('refuses', () => {
  const sampler = ddpmSampler(tiny);

  test.each([
    [2, 0, 'ddpmSampler.coefficients: t is 2; it must be a whole number from 0 to 1'],
    [0.5, 0, 'ddpmSampler.coefficients: t is 0.5; it must be a whole number from 0 to 1'],
    [1, 1, 'ddpmSampler.coefficients: tPrev is 1; it must be a whole number from -1 to 0'],
    [1, -2, 'ddpmSampler.coefficients: tPrev is -2; it must be a whole number from -1 to 0'],
  ])('t %d after tPrev %d', (t, tPrev, message) => {
    expect(() => sampler.coefficients(t, tPrev)).toThrow(new ConfigError(message));
  });

  test('tensors whose shapes do not fit together', () => {
    const x = ones([1, 2, 2, 1]) as Tensor4D;
    const other = ones([1, 2, 2, 3]) as Tensor4D;
    const coefficients = tensor1d(sampler.coefficients(1, 0));
    const message = (name: string) => `ddpmSampler.apply: xt is [1,2,2,1] but ${name} is [1,2,2,3]; both must have the same shape`;
    expect(() => sampler.apply({ xt: x, predictedNoise: other, noise: x }, coefficients)).toThrow(
      new ShapeError(message('predictedNoise')),
    );
    expect(() => sampler.apply({ xt: x, predictedNoise: x, noise: other }, coefficients)).toThrow(new ShapeError(message('noise')));
    expect(() => sampler.apply({ xt: x, predictedNoise: x, noise: x }, tensor1d([1]))).toThrow(
      new ShapeError('ddpmSampler.apply: coefficients is [1]; it must be the [5] of coefficients(t, tPrev)'),
    );
  });

  test('options out of range', () => {
    expect(() => ddimSampler(tiny, { eta: 1.5 })).toThrow(new ConfigError('ddimSampler: eta is 1.5; it must be between 0 and 1'));
    expect(() => ddpmSampler(tiny, { variance: 'learned' as never })).toThrow(
      new ConfigError("ddpmSampler: variance is 'learned'; it must be one of fixed_small, fixed_large"),
    );
  });
});
