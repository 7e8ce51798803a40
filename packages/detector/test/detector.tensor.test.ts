import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import {
  type Backend,
  ConfigError,
  contentKey,
  createRng,
  type DenoisingNetwork,
  type ImageBatch,
  type NoiseSource,
  type Sampler,
  ShapeError,
} from '@rddpm/core';
import { anomalyMaps } from '@rddpm/maps';
import {
  ddimInversion,
  ddimSampler,
  ddpmSampler,
  dpmSolverSampler,
  gaussianNoise,
  linearSchedule,
  reverseTimesteps,
  zeroTerminalSnr,
} from '@rddpm/scheduler';
import { add, cast, mul, reshape, scalar, Tensor, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { afterAll, expect, test, vi } from 'vitest';
import { createDetector, type DetectorOptions } from '../src/index.ts';
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
/** What the first draw of an image's noise comes from. */
function noiseOf(images: ImageBatch, i = 0) {
  return createRng(0).fork(`image ${contentKey(images.data.slice(i * 48, (i + 1) * 48))} draw 0`);
}

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
  smoothing: { sigma: 0, unit: 'pixels' },
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
  ['DPM-Solver++', { sampler: dpmSolverSampler(schedule) }],
  ['trailing timesteps', { spacing: 'trailing' }],
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
  const noise = noiseOf(images).normal(new Float32Array(48));
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

test('an image has the same map alone, in any order and among any others', async () => {
  const images = picturesWithSpots(5);
  const detector = imperfect();
  const whole = await detector.detect(images);
  const size = 24;
  for (const order of [[4, 3, 2, 1, 0], [2], [3, 3, 0]]) {
    const data = new Float32Array(order.flatMap((i) => [...images.data.slice(i * 2 * size, (i + 1) * 2 * size)]));
    const { maps } = await detector.detect(ndarray(data, [order.length, ...images.shape.slice(1)]));
    order.forEach((i, place) => {
      expectClose(maps.data.slice(place * size, (place + 1) * size), whole.maps.data.slice(i * size, (i + 1) * size), 1e-6);
    });
  }
  expect([...whole.maps.data.slice(0, size)]).not.toEqual([...whole.maps.data.slice(size, 2 * size)]);
});

test('the reconstruction is the mean over the draws; maps compare with it, and scores are their largest values', async () => {
  const images = picturesWithSpots(2);
  const three = await imperfect({ draws: 3, smoothing: { sigma: 20, unit: 'side/64' } }).detect(images);
  const rng = createRng(0);
  const single = (draw: number) => ({ ...rng, fork: (label: string) => rng.fork(label.replace('draw 0', `draw ${draw}`)) });
  const each = await Promise.all([0, 1, 2].map((draw) => imperfect({ draws: 1, rng: single(draw) }).detect(images)));
  const mean = each[0]!.reconstructions.data.map((_, at) => each.reduce((sum, one) => sum + one.reconstructions.data[at]!, 0) / 3);
  expectClose(three.reconstructions.data, mean, 1e-6);
  const expected = anomalyMaps(images, three.reconstructions, { smoothing: { sigma: 20, unit: 'side/64' } });
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
    clip: true,
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

/** The backend under test's tensors, computed eagerly, and what each call of a compiled step was given. */
function eager(calls: Record<string, Tensor>[] = []): Backend {
  return {
    ...backend,
    compile: ((fn: (args: object) => object) => async (args: Record<string, Tensor>) => {
      calls.push(args);
      return tidy(() => fn(args) as never);
    }) as Backend['compile'],
  };
}

test.each([
  ['12 evaluations', {}],
  ['with noise', { sampler: ddimSampler(schedule, { eta: 1 }) }],
  ['by inversion', { encode: 'inversion' }],
] as const)('what is between start and end stays on the device: read is the result, once per batch: %s', async (_, changes) => {
  const reads = { data: vi.spyOn(Tensor.prototype, 'data'), dataSync: vi.spyOn(Tensor.prototype, 'dataSync') };
  const countReads = () => reads.data.mock.calls.length + reads.dataSync.mock.calls.length;
  const first: number[] = []; // reads when a batch's chain begins
  const watching = eager({ push: () => first.push(countReads()) } as never);
  const detector = imperfect({ ...changes, backend: watching, evaluations: 12, draws: 1, batchSize: 4 });
  await detector.detect(picturesWithSpots(4));
  expect(countReads() - first[0]!).toBe(1);
  expect(first).toHaveLength('encode' in changes ? 24 : 12);
  expect(new Set(first).size).toBe(1);
  vi.restoreAllMocks();
});

test('noise is drawn and uploaded for the steps that take some, each step its own', async () => {
  const source = noiseOf(picturesWithSpots(1));
  const draws = Array.from({ length: 5 }, () => source.normal(new Float32Array(48)));
  const noises = async (changes: Partial<DetectorOptions>) => {
    const seen: number[][] = [];
    const spy: Backend = {
      ...backend,
      compile: (fn) => {
        const run = backend.compile(fn);
        return async (args) => {
          seen.push([...(await (args as unknown as Record<'noise', Tensor>).noise.data())]);
          return run(args);
        };
      },
    };
    await imperfect({ backend: spy, draws: 1, batchSize: 1, ...changes }).detect(picturesWithSpots(1));
    return seen;
  };
  const none = Array(48).fill(0);
  expect(await noises({ sampler: ddimSampler(schedule, { eta: 1 }) })).toEqual([[...draws[1]!], [...draws[2]!], none]); // the first is the forward noise
  expect(await noises({ sampler: ddimSampler(schedule) })).toEqual([none, none, none]);
  // a step without noise among others takes its draw along, so that the others keep theirs
  const ddpm = ddpmSampler(schedule);
  const quiet = ddpm.coefficients(100, 50, 150);
  const skipping: Sampler = {
    ...ddpm,
    coefficients: (t, ...others) => (t === 100 ? quiet : ddpm.coefficients(t, ...others)),
    usesNoise: (coefficients) => coefficients !== quiet && ddpm.usesNoise(coefficients),
  };
  const five = await noises({ sampler: skipping, forwardSteps: 201, evaluations: 5 }); // t = 200, 150, 100, 50, 0
  expect(five).toEqual([[...draws[1]!], [...draws[2]!], none, [...draws[4]!], none]);
});

test('noise of another source is told the shape, the generator and the t of each image and step', async () => {
  const asked: unknown[] = [];
  const noise: NoiseSource = (into, shape, rng, t) => {
    asked.push([into.length, shape, t, rng.uniform()]);
    return into;
  };
  await imperfect({ noise, draws: 1, forwardSteps: 201, sampler: ddpmSampler(schedule) }).detect(picturesWithSpots(2));
  const [one, two] = [noiseOf(picturesWithSpots(2)), noiseOf(picturesWithSpots(2), 1)];
  const shape = { height: 4, width: 6, channels: 2 };
  // forward, then the steps at 200 and 100; the one at 0 takes none
  expect(asked).toEqual([200, 200, 100].flatMap((t) => [one, two].map((rng) => [48, shape, t, rng.uniform()])));
});

test('Gaussian noise that is asked for is the noise that comes anyway', async () => {
  const images = picturesWithSpots(2);
  const [asked, anyway] = [await imperfect({ noise: gaussianNoise() }).detect(images), await imperfect().detect(images)];
  expect(asked.maps.data).toEqual(anyway.maps.data);
});

test('a deterministic chain draws the forward noise, and no other', async () => {
  let drawn = 0;
  const counting = (rng: ReturnType<typeof createRng>): typeof rng => ({
    ...rng,
    fork: (label) => counting(rng.fork(label)),
    normal: (into) => {
      drawn++;
      return rng.normal(into);
    },
  });
  await imperfect({ rng: counting(createRng(0)), draws: 2 }).detect(picturesWithSpots(3));
  expect(drawn).toBe(3 * 2);
  await imperfect({ rng: counting(createRng(0)), encode: 'inversion', draws: 1 }).detect(picturesWithSpots(3));
  expect(drawn).toBe(3 * 2);
});

test('an inversion walks up the timesteps that the sampler walks down, the network asked at the upper end of each', async () => {
  const images = picturesWithSpots(2);
  const { reconstructions } = await imperfect({ encode: 'inversion', draws: undefined, evaluations: 4 }).detect(images);
  const network = gainOf(0.3);
  const [up, down] = [ddimInversion(schedule), ddimSampler(schedule)];
  const timesteps = [...reverseTimesteps({ from: 200, evaluations: 4 })];
  const expected = tidy(() => {
    const at = (x: Tensor4D, t: number) => network.predict({}, x, tensor1d([t, t], 'int32'));
    let x: Tensor4D = tensor4d(
      images.data.map((pixel) => 2 * pixel - 1),
      [2, 4, 6, 2],
    );
    timesteps.toReversed().forEach((t, i, all) => {
      x = up.step({ xt: x, prediction: at(x, t), noise: x, t, tPrev: all[i - 1] ?? -1 }).xPrev;
    });
    timesteps.forEach((t, i, all) => {
      x = down.step({ xt: x, prediction: at(x, t), noise: x, t, tPrev: all[i + 1] ?? -1 }).xPrev;
    });
    return x;
  });
  const values = (await expected.data()).map((value) => Math.min(1, Math.max(0, (value + 1) / 2)));
  expected.dispose();
  expectClose(reconstructions.data, values, 1e-5);
});

test('an inversion gives back what the network has no opinion about: no noise is added, none is seen', async () => {
  const images = picturesWithSpots(2);
  const silent: DenoisingNetwork = { init: () => ({}), predict: (_, x) => mul(x, 0) };
  const { reconstructions } = await createDetector(options({ network: silent, weights: {}, encode: 'inversion', draws: 1 })).detect(images);
  expectClose(reconstructions.data, images.data, 1e-6);
});

test('a velocity prediction goes up and down as the noise prediction that it is', async () => {
  // ε̂ = g·x says v̂ = √ᾱ·ε̂ − √(1 − ᾱ)·x̂0 at the ᾱ where it is asked; the network is asked there on the way down alone
  const images = picturesWithSpots(2);
  const table = schedule.alphasCumprod;
  const only = { forwardSteps: 50, evaluations: 1, draws: 1 } as const;
  const alphaCumprod = table[49]!;
  const velocity: DenoisingNetwork = {
    init: () => ({}),
    predict: (_, x) =>
      mul(
        x,
        Math.sqrt(alphaCumprod) * 0.3 - Math.sqrt(1 - alphaCumprod) * ((1 - 0.3 * Math.sqrt(1 - alphaCumprod)) / Math.sqrt(alphaCumprod)),
      ),
  };
  const noise: DenoisingNetwork = { init: () => ({}), predict: (_, x) => mul(x, 0.3) };
  const of = async (network: DenoisingNetwork, sampler: Sampler) =>
    (await createDetector(options({ network, weights: {}, sampler, ...only })).detect(images)).reconstructions.data;
  expectClose(await of(velocity, ddimSampler(schedule, { prediction: 'v_prediction' })), await of(noise, ddimSampler(schedule)), 1e-5);
});

test('an inversion takes one draw, and steps that a sampler can’t do are refused at once', () => {
  expect(() => createDetector(options({ encode: 'inversion', draws: 2 }))).toThrow(
    new ConfigError("createDetector: draws is 2, but encode is 'inversion', which draws no noise; it must be 1"),
  );
  const predictingImages = ddimSampler(schedule, { prediction: 'sample' });
  expect(() => createDetector(options({ encode: 'inversion', draws: 1, sampler: predictingImages }))).toThrow(/implies no noise/);
  const silent = zeroTerminalSnr(schedule);
  const whole = { schedule: silent, sampler: ddimSampler(silent), forwardSteps: 1000 };
  expect(() => createDetector(options(whole))).toThrow(/zero terminal SNR/);
});

test('nothing is left behind', async () => {
  const detector = createDetector(options());
  await detector.detect(picturesWithSpots(3)); // what a backend keeps for good, it keeps now
  await expectNoLeak(() => detector.detect(picturesWithSpots(3)));
  const noisy = createDetector(options({ sampler: ddpmSampler(schedule), encode: 'inversion', draws: 1 }));
  await noisy.detect(picturesWithSpots(3));
  await expectNoLeak(() => noisy.detect(picturesWithSpots(3)));
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
  const said = options({
    forwardSteps: 200,
    reverseSteps: 200,
    evaluations: 12,
    draws: 2,
    batchSize: 8,
    smoothing: { sigma: [1, 3], unit: 'side/64' },
  });
  const spelled = await createDetector({ ...said, error: 'squared', channelReduction: 'mean' }).detect(images);
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
  ['smoothing', 2],
  ['error', 'cubed'],
  ['channelReduction', 'min'],
  ['spacing', 'even'],
  ['encode', 'twice'],
])('refuses %s = %s at once', (name, value) => {
  expect(() => createDetector(options({ [name]: value }))).toThrow(ConfigError);
  expect(() => createDetector(options({ [name]: value }))).toThrow(`createDetector: ${name} is`);
});

test('refuses images of another rank, and pixels outside [0, 1]', async () => {
  const detector = createDetector(options());
  await expect(detector.detect(ndarray(new Float32Array(48), [4, 6, 2]))).rejects.toThrow(ShapeError);
  await expect(detector.detect(picturesWithSpots(2, 0.9))).rejects.toThrow(/detect: images: image 0 has a pixel of 1\.5/);
});

test('weights that are not finite are told from a defect', async () => {
  const gain = scalar(Number.NaN);
  const detector = imperfect({ weights: { gain } });
  await expect(detector.detect(picturesWithSpots(2))).rejects.toThrow(/image 0's reconstruction is not finite/);
  gain.dispose();
});
