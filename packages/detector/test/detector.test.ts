import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import { type Backend, ConfigError, createRng, type DenoisingNetwork, type ImageBatch, type Sampler, ShapeError } from '@rddpm/core';
import { ddimSampler, ddpmSampler, linearSchedule } from '@rddpm/scheduler';
import { add, cast, mul, reshape, scalar, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { afterAll, expect, test } from 'vitest';
import { anomalyMaps, createDetector, type DetectorOptions } from '../src/index.ts';
import { perfectDenoiser } from './perfect-denoiser.ts';

const schedule = linearSchedule();

/** What the perfect denoiser knows: a picture [4, 6, 2] in [0, 1]. */
const NORMAL = Float32Array.from({ length: 48 }, (_, i) => 0.2 + 0.6 * ((i * 7) % 48) * (1 / 48));
const image = tensor4d(
  NORMAL.map((pixel) => 2 * pixel - 1),
  [1, 4, 6, 2],
);
afterAll(() => image.dispose());

/** The picture n times, each with a spot of `defect` more in both channels of pixel (1, image). */
function picturesWithSpots(n: number, defect = 0.1): ImageBatch {
  const images = ndarray(new Float32Array(n * 48), [n, 4, 6, 2]);
  for (let i = 0; i < n; i++) {
    images.data.set(NORMAL, i * 48);
    for (let k = 0; k < 2; k++) images.set(i, 1, i % 6, k, images.get(i, 1, i % 6, k) + defect);
  }
  return images;
}

const options = (changes: Partial<DetectorOptions> = {}): DetectorOptions => ({
  network: perfectDenoiser(schedule),
  weights: { image },
  schedule,
  sampler: ddimSampler(schedule),
  backend,
  rng: createRng(0),
  evaluations: 3,
  draws: 2,
  batchSize: 4,
  smoothing: 0,
  ...changes,
});

/** A network without perfection: how much is left of the image, and of the noise, shows in the map. */
const gainOf = (gain: number): DenoisingNetwork => ({
  init: () => ({}),
  predict: (weights, x, t) => mul(add(reshape(mul(cast(t, 'float32'), 1e-3), [-1, 1, 1, 1]), weights.gain ?? gain), x),
});
const imperfect = (changes: Partial<DetectorOptions> = {}) => createDetector(options({ network: gainOf(0.3), weights: {}, ...changes }));

test.each([
  ['DDIM in 3 evaluations', {}],
  ['DDIM with noise', { sampler: ddimSampler(schedule, { eta: 1 }) }],
  ['DDPM, every step', { sampler: ddpmSampler(schedule), forwardSteps: 10, evaluations: 10 }],
  ['fewer forward than reverse steps', { forwardSteps: 100, reverseSteps: 250 }],
  ['the whole schedule', { forwardSteps: 1000 }],
] as const)('a perfect denoiser rebuilds the normal picture, and the map shows just the defect: %s', async (_, changes) => {
  const images = picturesWithSpots(3);
  const { maps, reconstructions, scores } = await createDetector(options(changes)).detect(images);
  expect(maps.shape).toEqual([3, 4, 6]);
  expect(reconstructions.shape).toEqual([3, 4, 6, 2]);
  const tolerance = 2e-5; // float32 rounding, times up to 1 / √ᾱ_999 = 158
  for (let i = 0; i < 3; i++) {
    expectClose(reconstructions.data.slice(i * 48, (i + 1) * 48), NORMAL, tolerance);
    const defect = Float32Array.from({ length: 24 }, (_, at) => (at === 6 + i ? 0.01 : 0));
    expectClose(maps.data.slice(i * 24, (i + 1) * 24), defect, tolerance);
  }
  expectClose(scores, [0.01, 0.01, 0.01], tolerance);
});

test('one evaluation from t = 0 is worked by hand', async () => {
  // x_0 = √ᾱ x0 + √(1 - ᾱ) ε; with ε̂ = g x_0 the chain ends at (x_0 - √(1 - ᾱ) g x_0) / √ᾱ
  const images = picturesWithSpots(1);
  const [g, alphaCumprod] = [0.3, schedule.alphasCumprod[0]!];
  const { reconstructions } = await imperfect({ forwardSteps: 1, evaluations: 1, draws: 1 }).detect(images);
  const noise = createRng(0).fork('image 0 draw 0').normal(new Float32Array(48));
  const expected = Float32Array.from(images.data, (pixel, i) => {
    const xt = Math.sqrt(alphaCumprod) * (2 * pixel - 1) + Math.sqrt(1 - alphaCumprod) * noise[i]!;
    return ((xt - Math.sqrt(1 - alphaCumprod) * g * xt) / Math.sqrt(alphaCumprod) + 1) / 2;
  });
  expectClose(reconstructions.data, expected, 1e-6);
});

test('maps do not depend on the size of the batches', async () => {
  const images = picturesWithSpots(3);
  const sampler = ddimSampler(schedule, { eta: 1 });
  const [one, four, many] = await Promise.all([1, 4, 32].map((batchSize) => imperfect({ batchSize, sampler }).detect(images)));
  expectClose(four!.maps.data, one!.maps.data, 1e-6);
  expectClose(many!.maps.data, one!.maps.data, 1e-6);
  expectClose(many!.reconstructions.data, one!.reconstructions.data, 1e-6);
});

test('a set in parts gives the maps of the whole, if each part says where it begins', async () => {
  const images = picturesWithSpots(5);
  const detector = imperfect();
  const whole = await detector.detect(images);
  const tail = await detector.detect(images.lo(3, 0, 0, 0), { firstIndex: 3 });
  expectClose(tail.maps.data, whole.maps.data.slice(3 * 24), 1e-6);
  const elsewhere = await detector.detect(images.lo(3, 0, 0, 0));
  expect([...elsewhere.maps.data]).not.toEqual([...tail.maps.data]);
});

test('the reconstruction is the mean over the draws; maps compare with it, and scores are their largest values', async () => {
  const images = picturesWithSpots(2);
  const three = await imperfect({ draws: 3, smoothing: 20 }).detect(images);
  const rng = createRng(0);
  const single = (draw: number) => ({ ...rng, fork: (label: string) => rng.fork(label.replace('draw 0', `draw ${draw}`)) });
  const each = await Promise.all([0, 1, 2].map((draw) => imperfect({ draws: 1, rng: single(draw) }).detect(images)));
  const mean = each[0]!.reconstructions.data.map((_, at) => each.reduce((sum, one) => sum + one.reconstructions.data[at]!, 0) / 3);
  expectClose(three.reconstructions.data, mean, 1e-6);
  const expected = anomalyMaps(images, three.reconstructions, { smoothing: 20 });
  expectClose(three.maps.data, expected.data, 1e-7);
  expectClose(three.scores, [Math.max(...expected.data.slice(0, 24)), Math.max(...expected.data.slice(24))], 1e-7);
});

test('the chain starts at reverseSteps - 1, whatever the noise, and ends at 0', async () => {
  const timesteps: number[][] = [];
  const spy: Backend = {
    ...backend,
    compile: (fn) => {
      const run = backend.compile(fn);
      return async (args) => {
        timesteps.push([...(await (args as unknown as Record<'t', Tensor>).t.data())]);
        return run(args);
      };
    },
  };
  await createDetector(options({ backend: spy, forwardSteps: 100, reverseSteps: 250, draws: 1 })).detect(picturesWithSpots(1));
  expect(timesteps.map((batch) => batch[0])).toEqual([249, 124, 0]);
  expect(timesteps.every((batch) => batch.length === 4 && batch.every((t) => t === batch[0]))).toBe(true);
});

test('a multistep sampler gets the timestep before and the x0 before', async () => {
  const asked: (number | undefined)[][] = [];
  // xPrev = x0 = the x0 before, plus t / 100: the sum over the chain comes out
  const sampler: Sampler = {
    prediction: 'epsilon',
    usesNoise: () => false,
    coefficients(...timesteps) {
      asked.push(timesteps);
      return Float32Array.of(timesteps[0] / 100);
    },
    apply({ previousX0 }, coefficients) {
      const x0: Tensor4D = add(previousX0!, coefficients);
      return { xPrev: mul(x0, 1), x0 };
    },
    step: () => expect.fail('the chain is compiled'),
  };
  const { reconstructions } = await createDetector(options({ sampler, forwardSteps: 21, evaluations: 3, draws: 1 })).detect(
    picturesWithSpots(1),
  );
  expect(asked).toEqual([
    [20, 10, undefined],
    [10, 0, 20],
    [0, -1, 10],
  ]);
  expectClose(reconstructions.data, new Float32Array(48).fill((0.3 + 1) / 2), 1e-6);
});

test('nothing is left behind', async () => {
  const detector = createDetector(options());
  await detector.detect(picturesWithSpots(3)); // what a backend keeps for good, it keeps now
  await expectNoLeak(() => detector.detect(picturesWithSpots(3)));
  await expectNoLeak(async () => {
    const compile: Backend['compile'] = () => () => Promise.reject(new Error('device lost'));
    await expect(createDetector(options({ backend: { ...backend, compile } })).detect(picturesWithSpots(3))).rejects.toThrow('device lost');
  });
});

test('options that were left out are 200 steps, 12 evaluations, 2 draws', async () => {
  let evaluations = 0;
  const counting: Backend = {
    ...backend,
    compile: (fn) => {
      const run = backend.compile(fn);
      return (args) => {
        evaluations++;
        return run(args);
      };
    },
  };
  const { network, weights, sampler, rng } = options();
  const images = picturesWithSpots(8);
  const bare = await createDetector({ network, weights, schedule, sampler, rng, backend: counting }).detect(images);
  expect(evaluations).toBe(2 * 12); // 16 draws in batches of 8
  const said = options({ forwardSteps: 200, reverseSteps: 200, evaluations: 12, draws: 2, batchSize: 8, smoothing: 2 });
  const spelled = await createDetector({ ...said, error: 'squared', channels: 'mean' }).detect(images);
  expect([...bare.maps.data]).toEqual([...spelled.maps.data]);
});

test.each([
  ['forwardSteps', 0],
  ['forwardSteps', 1001],
  ['reverseSteps', 1001],
  ['reverseSteps', 2.5],
  ['evaluations', 0],
  ['evaluations', 201],
  ['draws', 0],
  ['batchSize', 0],
  ['smoothing', -1],
  ['error', 'cubed'],
  ['channels', 'min'],
])('refuses %s = %s at once', (name, value) => {
  expect(() => createDetector(options({ [name]: value }))).toThrow(ConfigError);
  expect(() => createDetector(options({ [name]: value }))).toThrow(`createDetector: ${name} is`);
});

test('refuses images of another rank, pixels outside [0, 1], and a place that is no number', async () => {
  const detector = createDetector(options());
  await expect(detector.detect(ndarray(new Float32Array(48), [4, 6, 2]))).rejects.toThrow(ShapeError);
  await expect(detector.detect(picturesWithSpots(2, 0.9))).rejects.toThrow(/detect: images: image 0 has a pixel of 1\.5/);
  await expect(detector.detect(picturesWithSpots(1), { firstIndex: Number.NaN })).rejects.toThrow(ConfigError);
});

test('weights that are not finite are told from a defect', async () => {
  const gain = scalar(Number.NaN);
  const detector = imperfect({ weights: { gain } });
  await expect(detector.detect(picturesWithSpots(2), { firstIndex: 7 })).rejects.toThrow(/image 7's reconstruction is not finite/);
  gain.dispose();
});
