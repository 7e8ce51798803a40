/** Variation models and Gaussians, plain and concentrated: what holds of them all. */
import { expectClose, expectMethod, fitMethod, inMemory } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, type HostTensor, imageSet, ShapeError, safetensorsParts } from '@rddpm/core';
import type { FitEvent, Method, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianAt, gaussianStatistic } from '../src/gaussians.ts';
import {
  colourGaussian,
  colourGaussianConcentrated,
  patchGaussian,
  patchGaussianConcentrated,
  variation,
  variationConcentrated,
} from '../src/index.ts';
import { fitPositions, positionSteps } from '../src/positions.ts';
import { channelsOf } from '../src/variation.ts';
import golden from './goldens/statistics.json' with { type: 'json' };

// one of them at a time: what is theirs alone goes through unknown
const PLAIN = [variation, colourGaussian, patchGaussian] as unknown as readonly Method<object, Record<string, HostTensor>>[];
const CONCENTRATED = [variationConcentrated, colourGaussianConcentrated, patchGaussianConcentrated] as unknown as typeof PLAIN;
const ALL = [...PLAIN, ...CONCENTRATED];

const RUN = { backend: () => Promise.reject(new Error('statistics need no backend')), rng: createRng(0) };

type Shape = readonly [h: number, w: number, c: number];

/** A scene that lies still, with grain. */
function scenes(n: number, [h, w, c]: Shape, seed: string, grain = 0.1): NdArray<Float32Array> {
  const rng = createRng('scene');
  const scene = Float32Array.from({ length: h * w * c }, () => 0.2 + 0.6 * rng.uniform());
  const noise = createRng(seed);
  return ndarray(
    Float32Array.from({ length: n * scene.length }, (_, at) => scene[at % scene.length]! + grain * (noise.uniform() - 0.5)),
    [n, h, w, c],
  );
}

async function mapsOf(method: (typeof ALL)[number], training: TrainingSet, asked: NdArray<Float32Array>, given: object = {}) {
  const config = method.config.parse(given);
  const { model, events } = await fitMethod(method, config, training);
  const scorer = await method.scorer(model!, config, RUN);
  const { maps } = await scorer.score({ values: asked, range: 'pixels' });
  return { model: model!, events, maps: maps.data, config };
}

test.each(ALL.map((method) => [method.name, method] as const))('%s keeps what is promised of every method', async (name, method) => {
  for (const c of [1, 3]) {
    const training = imageSet(scenes(11, [5, 6, c], 'training'));
    const { events } = await expectMethod(method, { training, test: imageSet(scenes(3, [5, 6, c], 'test', 0.4)) });
    const last = events.filter(({ kind }) => kind === 'progress').at(-1);
    expect(last).toMatchObject({ step: 'steps' in last! && last.steps });
    expect(events.some(({ kind }) => kind === 'suspects')).toBe(name.endsWith('-concentrated'));
  }
});

const asImages = (nested: number[][][][]) =>
  ndarray(Float32Array.from(nested.flat(3)), [nested.length, nested[0]!.length, nested[0]![0]!.length, nested[0]![0]![0]!.length]);

test.each([
  ['variation', {}],
  ['variation mean', { centre: 'mean' }],
  ['variation-concentrated', {}],
  ['colour-gaussian', {}],
  ['colour-gaussian-concentrated', {}],
  ['patch-gaussian per-pixel', { components: 4, position: 'per-pixel' }],
  ['patch-gaussian-concentrated per-pixel', { components: 4, position: 'per-pixel' }],
  ['patch-gaussian global', { components: 4, position: 'global' }],
  ['patch-gaussian-concentrated global', { components: 4, position: 'global' }],
])('%s has the maps of scipy and scikit-learn', async (name, given) => {
  const method = ALL.find((method) => method.name === name.split(' ')[0])!;
  const { maps } = await mapsOf(method, imageSet(asImages(golden.training)), asImages(golden.test), given);
  expectClose(maps, (golden.maps as Record<string, number[][][]>)[name]!.flat(2), 2e-5); // models and maps are float32, distances up to 20; 1.4826 has five digits
});

describe('what defects among the training images do', () => {
  const shape: Shape = [12, 12, 1];
  const clean = scenes(60, shape, 'training');
  const asked = scenes(2, shape, 'test');
  const dirty = ndarray(clean.data.slice(), clean.shape);
  const DEFECTIVE = [4, 9, 17, 23, 28, 33, 41, 52]; // all at one place
  const spoil = (images: NdArray<Float32Array>, row: number) => {
    for (let y = 4; y < 8; y++) for (let x = 3; x < 8; x++) images.set(row, y, x, 0, 1);
  };
  for (const row of DEFECTIVE) spoil(dirty, row);
  spoil(asked, 0);
  const within = ({ x, y }: { x: Int32Array; y: Int32Array }, row: number) => x[row]! >= 3 && x[row]! < 8 && y[row]! >= 4 && y[row]! < 8;

  test.each(CONCENTRATED.map((method, i) => [method.name, method, PLAIN[i]!] as const))(
    '%s marks them as if it had not seen any, where the plain one has learnt them, and names the images',
    async (name, method, plain) => {
      const given = name.startsWith('patch') ? { position: 'per-pixel' } : {};
      const at = 5 * 12 + 5;
      const unspoilt = (await mapsOf(plain, imageSet(clean), asked, given)).maps[at]!;
      const spoilt = (await mapsOf(plain, imageSet(dirty), asked, given)).maps[at]!;
      const { maps, events } = await mapsOf(method, imageSet(dirty), asked, given);
      expect(spoilt).toBeLessThan(0.9 * unspoilt);
      expect(maps[at]!).toBeGreaterThan(unspoilt); // the nearest vary less than all
      const found = events.find((event): event is Extract<FitEvent, { kind: 'suspects' }> => event.kind === 'suspects')!;
      expect([...found.kept.keys()].filter((row) => !found.kept[row])).toEqual(DEFECTIVE);
      expect(DEFECTIVE.every((row) => found.scores[row]! > found.cutoff && within(found.places!, row))).toBe(true);
    },
  );
});

test('keeping all of the images is the plain method', async () => {
  const training = imageSet(scenes(9, [4, 5, 3], 'training'));
  const asked = scenes(2, [4, 5, 3], 'test');
  for (const [i, method] of CONCENTRATED.entries()) {
    const { maps } = await mapsOf(method, training, asked, { keep: 1 });
    expectClose(maps, (await mapsOf(PLAIN[i]!, training, asked)).maps, 1e-5);
  }
});

test('constant pixels, and one image only, have finite maps: floor and ridge are what is left', async () => {
  const flat = ndarray(new Float32Array(6 * 4 * 5).fill(0.5), [6, 4, 5, 1]);
  const one = scenes(1, [4, 5, 1], 'one');
  const asked = scenes(2, [4, 5, 1], 'test');
  for (const method of ALL) {
    for (const images of [flat, one]) {
      const { maps } = await mapsOf(method, imageSet(images), asked);
      expect(maps.every((value) => value >= 0 && value < 1e3)).toBe(true);
    }
  }
  const { maps } = await mapsOf(PLAIN[1]!, imageSet(one), asked);
  expectClose(
    maps,
    [...asked.data].map((value, at) => Math.abs(value - one.data[at % 20]!) / Math.sqrt(1e-3)),
    1e-5,
  );
});

test('what is not valid is not learnt from', async () => {
  const images = scenes(8, [6, 5, 3], 'training');
  const asked = scenes(2, [6, 5, 3], 'test');
  const padded = ndarray(images.data.slice(), images.shape);
  const valid = ndarray(new Uint8Array(8 * 6 * 5).fill(1), [8, 6, 5]);
  for (let y = 0; y < 6; y++) {
    for (let x = 0; x < 5; x++) {
      valid.set(7, y, x, 0);
      for (let k = 0; k < 3; k++) padded.set(7, y, x, k, 1);
    }
  }
  const set = imageSet(padded);
  const partly: TrainingSet = {
    ...set,
    async read(rows) {
      const shown = ndarray(new Uint8Array(rows.length * 30), [rows.length, 6, 5]);
      rows.forEach((row, i) => {
        shown.data.set(valid.data.subarray(row * 30, (row + 1) * 30), i * 30);
      });
      return { ...(await set.read(rows)), valid: shown };
    },
  };
  for (const method of ALL) {
    const given = method.name.startsWith('patch') ? { position: 'per-pixel' } : {};
    const { maps } = await mapsOf(method, partly, asked, given);
    expectClose(maps, (await mapsOf(method, imageSet(images.hi(7)), asked, given)).maps, 1e-5);
  }
});

test('what is too large for memory is read in bands of rows, to the same end', async () => {
  const training = imageSet(scenes(9, [7, 4, 3], 'training'));
  const concentration = { keep: 0.8, rounds: 2 };
  const fit = async (bandBytes: number) => {
    const reading = { done: 0, steps: 0, signal: undefined };
    const options = { concentration, reading, bandBytes };
    const fitting = fitPositions(training, channelsOf(training), gaussianStatistic(3, 1e-3), options);
    let event = await fitting.next();
    while (!event.done) event = await fitting.next();
    return { fitted: event.value, read: reading.done };
  };
  const rowBytes = 9 * 4 * 3 * 4;
  const whole = await fit(1e6);
  const banded = await fit(2.5 * rowBytes);
  expect([whole.read, banded.read, (await fit(1)).read]).toEqual([9, 9 * 4, 9 * 7]);
  expect(banded.fitted).toEqual(whole.fitted);
  expect(positionSteps({ ...training, count: 10_000, shape: [64, 64, 3] }, 3)).toBe(40_000);
});

test('a fit that is aborted comes to nothing, wherever it was', async () => {
  const training = imageSet(scenes(9, [4, 5, 3], 'training'));
  for (const method of ALL) {
    const config = method.config.parse({});
    const { events } = await fitMethod(method, config, training);
    for (let stop = 0; stop < events.length; stop++) {
      const controller = new AbortController();
      const fitting = method.fit(training, config, { ...RUN, signal: controller.signal });
      for (let i = 0; i <= stop; i++) await fitting.next();
      controller.abort();
      let event = await fitting.next();
      while (!event.done) event = await fitting.next();
      // after the last event of a plain method it is done: nothing is left to be stopped
      if (stop < events.length - 1 || method.name.endsWith('-concentrated'))
        expect(event.value, `${method.name}, after ${stop}`).toBeUndefined();
    }
  }
});

describe('position: auto', () => {
  test('is per pixel where parts lie still, and global of a texture; facts say which', async () => {
    for (const method of [PLAIN[2]!, CONCENTRATED[2]!]) {
      const still = await mapsOf(method, imageSet(scenes(40, [8, 9, 1], 'training')), scenes(1, [8, 9, 1], 'test'));
      expect(method.facts!(still.model, still.config)).toEqual({ position: 'per-pixel' });
      const grain = await mapsOf(method, imageSet(grainOnly(40)), grainOnly(1));
      expect(method.facts!(grain.model, grain.config)).toEqual({ position: 'global' });
    }
  });

  test('has the model of the position that it is', async () => {
    const training = imageSet(scenes(40, [8, 9, 1], 'training'));
    const asked = scenes(2, [8, 9, 1], 'test');
    for (const method of [PLAIN[2]!, CONCENTRATED[2]!]) {
      expect((await mapsOf(method, training, asked)).model).toEqual(
        (await mapsOf(method, training, asked, { position: 'per-pixel' })).model,
      );
      const grain = imageSet(grainOnly(40));
      expect((await mapsOf(method, grain, asked)).model).toEqual((await mapsOf(method, grain, asked, { position: 'global' })).model);
    }
  });

  test('is not swayed by defective images', async () => {
    const dirty = scenes(40, [8, 9, 1], 'training');
    for (let row = 0; row < 40; row += 3)
      for (let y = 2; y < 6; y++) for (let x = row % 5; x < (row % 5) + 4; x++) dirty.set(row, y, x, 0, 1);
    const { model, config } = await mapsOf(PLAIN[2]!, imageSet(dirty), dirty);
    expect(PLAIN[2]!.facts!(model, config)).toEqual({ position: 'per-pixel' });
  });
});

/** A texture: grain that knows no place. */
function grainOnly(n: number): NdArray<Float32Array> {
  const rng = createRng(`grain of ${n}`);
  return ndarray(
    Float32Array.from({ length: n * 8 * 9 }, () => rng.uniform()),
    [n, 8, 9, 1],
  );
}

test('a global model scores pictures of any size; others only those of the size they know', async () => {
  const training = imageSet(scenes(9, [4, 5, 3], 'training'));
  const larger = scenes(2, [7, 6, 3], 'larger');
  expect((await mapsOf(PLAIN[2]!, training, larger, { position: 'global' })).maps).toHaveLength(2 * 7 * 6);
  await expect(mapsOf(PLAIN[0]!, training, larger)).rejects.toThrow(
    new ShapeError('variation: it is shown [2,7,6,3]; it must be [n, 4, 5, 3], as what it has learnt from'),
  );
  await expect(mapsOf(PLAIN[1]!, training, larger)).rejects.toThrow(ShapeError);
  await expect(mapsOf(PLAIN[2]!, training, larger, { position: 'per-pixel' })).rejects.toThrow(ShapeError);
  await expect(mapsOf(PLAIN[2]!, training, scenes(1, [4, 5, 1], 'grey'), { position: 'global' })).rejects.toThrow(/must be \[n, 4, 5, 3\]/);
});

test.each([
  [{ patch: 2 }, /patch-gaussian: .*must be odd.*at patch/s],
  [{ components: 0 }, /at components/],
  [{ ridge: 0 }, /at ridge/],
  [{ patch: 1 }, 'patch-gaussian: components is 8; patches of 1x1 pixels of 3 channels have 3 numbers; it must be at most that'],
  [{ patch: 9 }, 'patch-gaussian: patch is 9; of pictures of 5x4 it must be at most 7'],
])('patch-gaussian refuses %o', async (given, message) => {
  const flat = imageSet(
    ndarray(
      new Float32Array(3 * 4 * 5 * 3).map((_, at) => (at % 5) / 5),
      [3, 4, 5, 3],
    ),
  );
  const fitting = mapsOf(PLAIN[2]!, flat, scenes(1, [4, 5, 3], 'test'), given);
  await expect(fitting).rejects.toThrow(ConfigError);
  await expect(mapsOf(PLAIN[2]!, flat, scenes(1, [4, 5, 3], 'test'), given)).rejects.toThrow(message);
});

test('a ridge that is lost beside the variances is refused', () => {
  const moments = { dims: 2, counts: Float64Array.of(2), sums: Float64Array.of(0, 0), products: Float64Array.of(2, 2, 2) }; // (1, 1), (-1, -1)
  expect([...gaussianAt(moments, 0, 3)]).toEqual([0, 0, 2, 0.5, Math.sqrt(3.75)]);
  expect(() => gaussianAt(moments, 0, 1e-30)).toThrow(
    new ConfigError('ridge is 1e-30, which is lost in float64 beside variances of up to 1; it must be larger'),
  );
});

test('is told what it can not be shown before anything is read; a share below a half can not be good images', () => {
  const { config, input } = patchGaussian;
  expect(() => input(config.parse({ patch: 1 }), { width: 9, height: 9, channels: 1 })).toThrow(/components is 8/);
  expect(() => patchGaussianConcentrated.config.parse({ keep: 0.4 })).toThrow(/at keep/);
  expect(patchGaussianConcentrated.config.parse({})).toEqual({ ...config.parse({}), keep: 0.8, rounds: 3 });
});

test('the floor of a plain variation model changes scores only; what concentrates fits anew', () => {
  expect(['floor', 'centre'].map((field) => variation.config.affects(field))).toEqual(['score', 'fit']);
  expect(['floor', 'keep'].map((field) => variationConcentrated.config.affects(field))).toEqual(['fit', 'fit']);
});

test('there is nothing to learn of no images', async () => {
  for (const method of ALL) {
    const none: TrainingSet = { ...imageSet(scenes(1, [4, 5, 3], 'none')), count: 0 };
    await expect(fitMethod(method, method.config.parse({}), none)).rejects.toThrow(
      new ConfigError(`${method.name}: the training set has 0 images; it must have at least one`),
    );
  }
});

test.each([
  [variation, 'variation model', { centre: [2, 3, 1] }, "it has no tensor 'deviation'; it must be [2, 3, 1]"],
  [variation, 'variation model', { centre: [2, 3, 1], deviation: [2, 3, 3] }, "its tensor 'deviation' is [2,3,3]; it must be [2, 3, 1]"],
  [colourGaussian, 'colour Gaussian', { mean: [6] }, "its tensor 'mean' is [6]; it must be [h, w, c]"],
  [patchGaussian, 'patch Gaussian', { mean: [1, 1, 2], factor: [1, 1, 4] }, "its tensor 'factor' is [1,1,4]; it must be [1, 1, 3]"],
])('a file of another model is none of $name', async (method, what, shapes, message) => {
  const tensors = Object.fromEntries(
    Object.entries<readonly number[]>(shapes).map(([name, shape]) => [
      name,
      { shape: [...shape], data: new Float32Array(shape.reduce((a, b) => a * b)) },
    ]),
  );
  const read = inMemory([{ path: 'model.safetensors', parts: safetensorsParts(tensors, {}) }]);
  await expect(method.files.decode(read)).rejects.toThrow(new FormatError(`memory holds no ${what}: ${message}`));
  await expect(method.files.decode(inMemory([]))).rejects.toThrow(`memory holds no ${what}: model.safetensors is missing`);
});
