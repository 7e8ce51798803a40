import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, createRng, type DenoisingNetwork, type ImageBatch, type PredictionType } from '@rddpm/core';
import { linearSchedule } from '@rddpm/scheduler';
import { fill, mul, sub } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { createStepReader, type StepReaderOptions } from '../src/index.ts';

const schedule = linearSchedule();
const T = 100;
const [SIGNAL, NOISE] = [Math.sqrt(schedule.alphasCumprod[T]!), Math.sqrt(1 - schedule.alphasCumprod[T]!)];
const GREY = 0.25; // on [0, 1]; -0.5 for a network

/** Whatever it is shown at t = 100, it takes for grey. */
const PREDICTIONS: Readonly<Record<PredictionType, DenoisingNetwork['predict']>> = {
  epsilon: (_, x) => mul(sub(x, SIGNAL * -0.5), 1 / NOISE),
  sample: (_, x) => fill(x.shape, -0.5),
  v_prediction: (_, x) => mul(sub(mul(x, SIGNAL), -0.5), 1 / NOISE),
};

const network = (prediction: PredictionType): DenoisingNetwork => ({ init: () => ({}), predict: PREDICTIONS[prediction] });

/** [n, 2, 3, 2], each pixel of its own shade. */
const pictures = (n: number): ImageBatch =>
  ndarray(
    Float32Array.from({ length: n * 12 }, (_, i) => ((i * 7) % 23) / 23),
    [n, 2, 3, 2],
  );

const options = (changes: Partial<StepReaderOptions> = {}): StepReaderOptions => ({
  network: network('epsilon'),
  weights: {},
  schedule,
  backend,
  rng: createRng(0),
  timesteps: [T],
  draws: 2,
  error: 'absolute',
  ...changes,
});

test.each(['epsilon', 'sample', 'v_prediction'] as const)(
  'a network that sees grey leaves the distance to grey: %s',
  async (prediction) => {
    const images = pictures(3);
    const { maps, reconstructions } = await createStepReader(options({ network: network(prediction), prediction })).read(images);
    const expected = Float32Array.from({ length: 18 }, (_, i) => {
      return (Math.abs(images.data[2 * i]! - GREY) + Math.abs(images.data[2 * i + 1]! - GREY)) / 2;
    });
    expect(maps.shape).toEqual([3, 2, 3]);
    expectClose(maps.data, expected, 1e-5);
    expectClose(reconstructions.data, new Float32Array(36).fill(GREY), 1e-5);
  },
);

test('draws are averaged before the image is compared, and residuals over the timesteps after', async () => {
  // x̂0 = √ᾱ x + √(1 - ᾱ) ε, unclipped: what is left of the noise is its mean
  const network: DenoisingNetwork = { init: () => ({}), predict: (_, x) => x };
  const images = ndarray(new Float32Array(12).fill(0.5), [1, 2, 3, 2]);
  const times = [1, 3];
  const reader = createStepReader(options({ network, prediction: 'sample', timesteps: times, error: 'squared' }));
  const { maps } = await reader.read(images);
  const rng = createRng(0);
  const ofStep = times.map((t) => {
    const scale = Math.sqrt(1 - schedule.alphasCumprod[t]!);
    const [a, b] = [0, 1].map((d) => rng.fork(`t ${t} draw ${d}`).normal(new Float32Array(12)));
    return Array.from({ length: 12 }, (_, i) => ((scale * (a![i]! + b![i]!)) / 2 / 2) ** 2);
  });
  const expected = Array.from({ length: 6 }, (_, p) => {
    const at = (step: number[]) => (step[2 * p]! + step[2 * p + 1]!) / 2;
    return (at(ofStep[0]!) + at(ofStep[1]!)) / 2;
  });
  expectClose(maps.data, Float32Array.from(expected), 1e-6);
});

test('the error of the noise: its root mean square over channels and draws, averaged over the timesteps', async () => {
  const network: DenoisingNetwork = { init: () => ({}), predict: (_, x) => mul(x, 0.4) }; // so ε̂ - ε = 0.4 (√ᾱ x + √(1 - ᾱ) ε) - ε
  const images = pictures(2);
  const times = [20, T];
  const { maps, reconstructions } = await createStepReader(options({ network, timesteps: times, error: 'noise' })).read(images);
  const rng = createRng(0);
  const x = Float64Array.from(images.data, (value) => 2 * value - 1);
  const expected = new Float64Array(12);
  const rebuilt = new Float64Array(24);
  for (const t of times) {
    const [signal, grain] = [Math.sqrt(schedule.alphasCumprod[t]!), Math.sqrt(1 - schedule.alphasCumprod[t]!)];
    const noises = [0, 1].map((d) => rng.fork(`t ${t} draw ${d}`).normal(new Float32Array(12)));
    for (let p = 0; p < 12; p++) {
      const squares = [0, 1].flatMap((c) =>
        noises.map((noise) => {
          const at = 2 * p + c;
          const e = noise[at % 12]!;
          const xt = signal * x[at]! + grain * e;
          if (t === T) rebuilt[at]! += Math.min(1, Math.max(-1, (xt - grain * 0.4 * xt) / signal)) / 4 + 0.25;
          return (0.4 * xt - e) ** 2;
        }),
      );
      expected[p]! += Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / 4) / times.length;
    }
  }
  expectClose(maps.data, Float32Array.from(expected), 1e-5);
  expectClose(reconstructions.data, Float32Array.from(rebuilt), 1e-5); // of the largest timestep
});

test('an image has the same map alone, in any order, and in batches of any size', async () => {
  const images = pictures(4);
  const imperfect: DenoisingNetwork = { init: () => ({}), predict: (_, x) => mul(x, 0.4) };
  const whole = await createStepReader(options({ network: imperfect, timesteps: [20, T] })).read(images);
  for (const batchSize of [1, 3, 32]) {
    const reader = createStepReader(options({ network: imperfect, timesteps: [20, T], batchSize }));
    for (const i of [3, 0]) {
      const { maps } = await reader.read(images.hi(i + 1).lo(i));
      expectClose(maps.data, whole.maps.data.slice(6 * i, 6 * i + 6), 1e-6);
    }
  }
});

test('nothing is left behind', async () => {
  const reader = createStepReader(options());
  await reader.read(pictures(2));
  await expectNoLeak(async () => {
    await reader.read(pictures(2));
  });
});

describe('refuses at once', () => {
  test.each<[Partial<StepReaderOptions>, string]>([
    [{ timesteps: [] }, 'createStepReader: timesteps is empty'],
    [{ timesteps: [5, 1000] }, 'createStepReader: timesteps holds 1000; they must be whole numbers from 0 to 999'],
    [{ draws: 0 }, 'createStepReader: draws is 0'],
    [{ batchSize: 1.5 }, 'createStepReader: batchSize is 1.5'],
    [{ prediction: 'x0' as never }, "createStepReader: prediction is 'x0'"],
    [{ error: 'rms' as never }, "createStepReader: error is 'rms'"],
  ])('%j', (changes, message) => {
    expect(() => createStepReader(options(changes))).toThrow(ConfigError);
    expect(() => createStepReader(options(changes))).toThrow(message);
  });
});
