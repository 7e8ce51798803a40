/** Methods of features, with fixed random filters for a network: what holds of them all, and each against independent code. */
import { backend, expectClose, expectMethod, expectNoLeak, fitMethod, inMemory } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, type ImageBatch, imageSet, ShapeError } from '@rddpm/core';
import type { FitEvent, Method, TrainingSet } from '@rddpm/core/contracts';
import type { Features, OpenFeatures } from '@rddpm/features';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { greedyCoreset } from '../src/coreset.ts';
import { padim, padimConcentrated, patchCore, randomMemory, softPatch } from '../src/index.ts';
import { localOutlierFactors } from '../src/local-outliers.ts';
import { searchOn } from '../src/nearest.ts';
import golden from './goldens/memories.json' with { type: 'json' };

const RUN = { backend: async () => backend, rng: createRng(0) };

type Filter = { readonly stride: number; readonly channels: number; readonly weights: readonly number[] };

/** Of each tap a filter of 3x3 pixels at the centre of each cell. @param scale Of what it sees. */
function filtersThatLook(filters: readonly Filter[], { id = 'filters', scale = 1, opened = { count: 0 } } = {}): OpenFeatures {
  return async () => {
    opened.count++;
    return {
      id,
      extract: async (images) => filters.map((filter) => filtered(images, filter, scale)),
      dispose() {
        opened.count--;
      },
    } satisfies Features;
  };
}

function filtered(images: ImageBatch, { stride, channels, weights }: Filter, scale: number): NdArray<Float32Array> {
  const [n, height, width, colours] = images.shape as [number, number, number, number];
  expect(colours, 'networks look at colours').toBe(3);
  const [h, w] = [Math.floor(height / stride), Math.floor(width / stride)];
  const seen = ndarray(new Float32Array(n * h * w * channels), [n, h, w, channels]);
  for (let i = 0; i < n; i++) {
    for (let at = 0; at < h * w * channels; at++) {
      const [y, x, k] = [Math.floor(at / (w * channels)), Math.floor(at / channels) % w, at % channels];
      let sum = 0;
      for (let near = 0; near < 27; near++) {
        const row = stride * y + stride / 2 + Math.floor(near / 9) - 1;
        const column = stride * x + stride / 2 + (Math.floor(near / 3) % 3) - 1;
        sum += weights[near * channels + k]! * images.get(i, row, column, near % 3);
      }
      seen.set(i, y, x, k, scale * sum);
    }
  }
  return seen;
}

const open = filtersThatLook(golden.filters);
const asImages = (values: readonly number[]) => ndarray(Float32Array.from(values), [values.length / 256, 16, 16, 1]);
const training = asImages(golden.training);
const asked = asImages(golden.test);

/** A scene that lies still, with grain. */
function scenes(n: number, [h, w, c]: readonly [number, number, number], seed: string, grain = 0.1): NdArray<Float32Array> {
  const rng = createRng('scene');
  const scene = Float32Array.from({ length: h * w * c }, () => 0.2 + 0.6 * rng.uniform());
  const noise = createRng(seed);
  return ndarray(
    Float32Array.from({ length: n * scene.length }, (_, at) => scene[at % scene.length]! + grain * (noise.uniform() - 0.5)),
    [n, h, w, c],
  );
}

// one of them at a time: what is theirs alone goes through unknown
type Any = Method<
  object,
  { readonly features: string; readonly tensors: Record<string, { shape: readonly number[]; data: Float32Array }> }
>;
const METHODS = { padim, padimConcentrated, randomMemory, patchCore, softPatch } as unknown as Record<
  'padim' | 'padimConcentrated' | 'randomMemory' | 'patchCore' | 'softPatch',
  (open: OpenFeatures) => Any
>;
const SMALL: Partial<Record<string, object>> = { patchcore: { dims: 16, share: 0.2 }, softpatch: { dims: 16, share: 0.2, neighbours: 3 } };
const EACH = Object.values(METHODS).map((method) => [method(open).name, method] as const);
const MEMORIES = EACH.filter(([name]) => !name.startsWith('padim'));

async function mapsOf(method: Any, set: TrainingSet, images: NdArray<Float32Array>, given: object = {}, trainingRows?: Int32Array) {
  const config = method.config.parse({ ...SMALL[method.name], ...given });
  const { model, events } = await fitMethod(method, config, set);
  const scorer = await method.scorer(model!, config, RUN);
  const { maps } = await scorer.score({ values: images, range: 'pixels' }, trainingRows ? { trainingRows } : {});
  scorer.dispose();
  return { model: model!, events, maps: maps.data, config };
}

test.each(EACH)('%s keeps what is promised of every method, and closes what it opens', async (name, method) => {
  for (const c of [1, 3]) {
    const opened = { count: 0 };
    const set = imageSet(scenes(9, [16, 24, c], 'training'));
    const trial = { training: set, test: imageSet(scenes(3, [16, 24, c], 'test', 0.4)), config: SMALL[name] ?? {} };
    const { events } = await expectMethod(method(filtersThatLook(golden.filters, { opened })), trial);
    expect(opened.count).toBe(0);
    const last = events.filter(({ kind }) => kind === 'progress').at(-1);
    expect(last).toMatchObject({ step: 'steps' in last! && last.steps });
    expect(events.some(({ kind }) => kind === 'suspects')).toBe(name.endsWith('-concentrated'));
  }
});

test.each(EACH)('%s leaves no tensors behind', async (_, method) => {
  await expectNoLeak(() => mapsOf(method(open), imageSet(training), asked));
});

test.each([
  ['padim', 'padim', {}],
  ['padim coarsest', 'padim', { grid: 'coarsest' }],
  ['padim-concentrated', 'padimConcentrated', {}],
  ['random-memory', 'randomMemory', { patches: 1000, memories: 2 }],
  ['random-memory cosine', 'randomMemory', { patches: 1000, memories: 2, distance: 'cosine' }],
  ['patchcore', 'patchCore', { share: 1 }],
  ['softpatch', 'softPatch', { share: 1 }],
] as const)('%s has the maps of scipy and scikit-learn', async (name, method, given) => {
  const { maps } = await mapsOf(METHODS[method](open), imageSet(training), asked, given);
  expectClose(maps, golden.maps[name], 5e-5); // features, models and maps are float32; distances are up to 30
});

describe('PaDiM', () => {
  test('is the distance in deviations, of one number at one position, its variance made four times as large by the ridge', async () => {
    const one = [{ stride: 4, channels: 1, weights: [...Array(27).keys()].map((near) => (near === 12 ? 1 : 0)) }]; // red of the middle pixel
    const images = ndarray(new Float32Array(3 * 16), [3, 4, 4, 1]);
    const values = [0.2, 0.4, 0.9];
    for (const [i, value] of values.entries()) images.set(i, 2, 2, 0, value);
    const mean = 0.5;
    const variance = (0.3 ** 2 + 0.1 ** 2 + 0.4 ** 2) / 3;
    const { maps } = await mapsOf(METHODS.padim(filtersThatLook(one)), imageSet(images), images);
    values.forEach((value, i) => {
      expectClose(maps.subarray(i * 16, (i + 1) * 16), Array(16).fill(Math.abs(value - mean) / Math.sqrt(4 * variance)), 1e-5);
    });
  });

  test('has the same maps whatever the scale of features: the ridge follows it', async () => {
    const { maps } = await mapsOf(METHODS.padim(open), imageSet(training), asked);
    const scaled = await mapsOf(METHODS.padim(filtersThatLook(golden.filters, { scale: 0.001 })), imageSet(training), asked);
    expectClose(scaled.maps, maps, 1e-4);
  });

  test('looks at so many channels, drawn by its generator, and keeps which', async () => {
    const { model } = await mapsOf(METHODS.padim(open), imageSet(training), asked, { channels: 3 });
    const channels = [...model.tensors.channels!.data];
    expect(new Set(channels).size).toBe(3);
    expect(channels.every((channel, i) => channel >= (i > 0 ? channels[i - 1]! : 0) && channel < 7)).toBe(true);
    expect(model.tensors.mean!.shape).toEqual([4, 4, 3]);
    const config = padim(open).config.parse({ channels: 3 });
    const drawn = new Set<string>();
    for (const seed of [0, 0, 1, 2, 3, 4]) {
      const fitting = padim(open).fit(imageSet(training), config, { ...RUN, rng: createRng(seed) });
      let event = await fitting.next();
      while (!event.done) event = await fitting.next();
      drawn.add(`${event.value!.tensors.channels.data}`);
    }
    expect(drawn.size).toBeGreaterThan(1);
    expect(drawn.size).toBeLessThan(6); // the same of the same seed
    await expect(mapsOf(METHODS.padim(open), imageSet(training), asked, { channels: 8 })).rejects.toThrow(
      new ConfigError('padim: channels is 8; the features have 7; it must be at most that'),
    );
  });

  test('is the concentrated one that keeps all', async () => {
    const { maps } = await mapsOf(METHODS.padim(open), imageSet(training), asked);
    expectClose((await mapsOf(METHODS.padimConcentrated(open), imageSet(training), asked, { keep: 1 })).maps, maps, 1e-5);
  });

  test('names the training images that have defects, concentrated', async () => {
    const images = scenes(30, [16, 16, 1], 'training');
    for (const row of [4, 17, 23]) for (let y = 8; y < 12; y++) for (let x = 8; x < 12; x++) images.set(row, y, x, 0, 1);
    const { events } = await mapsOf(METHODS.padimConcentrated(open), imageSet(images), asked);
    const found = events.find((event): event is Extract<FitEvent, { kind: 'suspects' }> => event.kind === 'suspects')!;
    expect([4, 17, 23].every((row) => !found.kept[row])).toBe(true);
    expect(
      [...found.scores.keys()]
        .toSorted((a, b) => found.scores[b]! - found.scores[a]!)
        .slice(0, 3)
        .sort((a, b) => a - b),
    ).toEqual([4, 17, 23]);
  });

  test('says what it could not learn from', async () => {
    const alone = imageSet(scenes(1, [16, 16, 1], 'one'));
    await expect(mapsOf(METHODS.padim(open), alone, asked)).rejects.toThrow(/^padim: the training set has 1 image;/);
    const flat = imageSet(ndarray(new Float32Array(7 * 256).fill(0.3), [7, 16, 16, 1]));
    await expect(mapsOf(METHODS.padim(open), flat, asked)).rejects.toThrow(/features of the 7 training images are the same;/);
    await expect(mapsOf(METHODS.padimConcentrated(open), alone, asked)).rejects.toThrow(
      new ConfigError('padim-concentrated: the training set has 1 image; there must be some that differ'),
    );
    const tooMany = mapsOf(METHODS.padimConcentrated(open), flat, asked, { channels: 8 });
    await expect(tooMany).rejects.toThrow(/^padim-concentrated: channels is 8;/);
  });
});

describe('what is remembered', () => {
  test.each(MEMORIES)('%s scores an image of the training set as if it had not seen it', async (name, method) => {
    if (name === 'softpatch') return expectOwnLeftOut(method(open), { share: 1, drop: 0, neighbours: 9 }); // factors depend on all
    const given = name === 'patchcore' ? { share: 1 } : { patches: 1000 };
    const rows = Int32Array.of(6, 2);
    const set = imageSet(training);
    const { values } = await set.read(rows);
    const { maps } = await mapsOf(method(open), set, values, given, rows);
    for (const [i, row] of rows.entries()) {
      const others = await set.read(Int32Array.from([...Array(10).keys()].filter((other) => other !== row)));
      const without = await mapsOf(method(open), imageSet(others.values), values, given);
      expectClose(maps.subarray(i * 256, (i + 1) * 256), without.maps.subarray(i * 256, (i + 1) * 256), 1e-5);
    }
  });

  async function expectOwnLeftOut(method: Any, given: object) {
    const rows = Int32Array.of(6);
    const { values } = await imageSet(training).read(rows);
    const { maps } = await mapsOf(method, imageSet(training), values, given, rows);
    const known = await mapsOf(method, imageSet(training), values, given);
    expect(Math.max(...known.maps)).toBe(0);
    expect(Math.min(...maps)).toBeGreaterThan(0);
  }

  test.each(MEMORIES)('%s needs other images than one', async (name, method) => {
    const alone = imageSet(scenes(1, [16, 16, 1], 'one'));
    await expect(mapsOf(method(open), alone, asked)).rejects.toThrow(ConfigError);
    const given = name === 'random-memory' ? { patches: 1, memories: 1 } : { share: 0.001 };
    await expect(mapsOf(method(open), imageSet(training), asked, given)).rejects.toThrow(/1 patch is remembered, of one image/);
  });

  test('softpatch needs more images than neighbours', async () => {
    await expect(mapsOf(METHODS.softPatch(open), imageSet(training), asked, { neighbours: 10 })).rejects.toThrow(
      new ConfigError('softpatch: neighbours is 10; of 10 training images it must be at most 9'),
    );
  });

  test('a larger random memory is nearer, and every patch is as likely to be in it', async () => {
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const means: number[] = [];
    for (const patches of [4, 20, 100])
      means.push(mean((await mapsOf(METHODS.randomMemory(open), imageSet(training), asked, { patches })).maps));
    expect(means[0]).toBeGreaterThan(means[1]!);
    expect(means[1]).toBeGreaterThan(means[2]!);
    const { model } = await mapsOf(METHODS.randomMemory(open), imageSet(training), asked, { patches: 20, memories: 200 });
    const counts = new Float64Array(10);
    for (const row of model.tensors.rows!.data) counts[row]!++;
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(100); // five deviations
  });

  test('a greedy coreset has the rarest defect, and passes it; a random memory and SoftPatch do not', async () => {
    const clean = scenes(40, [16, 16, 1], 'training');
    const dirty = ndarray(clean.data.slice(), clean.shape);
    const spoil = (all: NdArray<Float32Array>, row: number) => {
      for (let y = 4; y < 8; y++) for (let x = 8; x < 12; x++) all.set(row, y, x, 0, 1);
    };
    spoil(dirty, 5);
    const defect = scenes(1, [16, 16, 1], 'test');
    spoil(defect, 0);
    const at = 5 * 16 + 9;
    const left = async (method: Any, given: object) => {
      const [before, after] = [await mapsOf(method, imageSet(clean), defect, given), await mapsOf(method, imageSet(dirty), defect, given)];
      return after.maps[at]! / before.maps[at]!;
    };
    expect(await left(METHODS.patchCore(open), { share: 0.1 })).toBeLessThan(0.2);
    expect(await left(METHODS.softPatch(open), { share: 0.1 })).toBeGreaterThan(0.8);
    expect(await left(METHODS.randomMemory(open), { patches: 60 })).toBeGreaterThan(0.8);
  });

  test('what is not valid is not remembered', async () => {
    const images = scenes(8, [16, 16, 1], 'training');
    for (let i = 0; i < 8; i++) for (let y = 0; y < 16; y++) for (let x = 0; x < 8; x++) images.set(i, y, x, 0, 1);
    const valid = ndarray(new Uint8Array(8 * 256), [8, 16, 16]);
    for (let i = 0; i < 8; i++) for (let y = 0; y < 16; y++) for (let x = 8; x < 16; x++) valid.set(i, y, x, 1);
    const whole = imageSet(images);
    const half: TrainingSet = {
      ...whole,
      async read(rows) {
        const some = new Uint8Array(rows.length * 256);
        rows.forEach((row, i) => {
          some.set(valid.data.subarray(row * 256, (row + 1) * 256), i * 256);
        });
        return { ...(await whole.read(rows)), valid: ndarray(some, [rows.length, 16, 16]) };
      },
    };
    const fine = [golden.filters[0]!]; // whose patches don't reach from one half into the other, but for PatchCore's
    const { model } = await mapsOf(METHODS.randomMemory(filtersThatLook(fine)), half, asked, { memories: 1 });
    expect(model.tensors.patches!.shape).toEqual([1, 8 * 8, 3]);
    const { model: everywhere } = await mapsOf(METHODS.patchCore(filtersThatLook(fine)), half, asked, { share: 1, dims: 27 });
    expect(everywhere.tensors.patches!.shape).toEqual([8 * 8, 27]);
  });
});

test.each(EACH)('%s refuses other features than those that it was fitted on, and closes them', async (name, method) => {
  const { model, config } = await mapsOf(method(open), imageSet(training), asked);
  const opened = { count: 0 };
  const other = method(filtersThatLook(golden.filters, { id: 'other', opened }));
  await expect(other.scorer(model, config, RUN)).rejects.toThrow(
    new ConfigError(`${name}: features are 'other'; they must be those that the model was fitted on, 'filters'`),
  );
  expect(opened.count).toBe(0);
  const scorer = await method(filtersThatLook(golden.filters.slice(1))).scorer(model, config, RUN); // they lie about their id
  if (name === 'patchcore' || name === 'softpatch') return scorer.dispose(); // as many numbers, whatever the taps
  await expect(scorer.score({ values: asked, range: 'pixels' })).rejects.toThrow(ShapeError);
  scorer.dispose();
});

test.each(EACH)('%s takes no file of another model', async (name, method) => {
  const [, another] = EACH[(EACH.findIndex(([other]) => other === name) + 2) % EACH.length]!;
  const { model, config } = await mapsOf(another(open), imageSet(training), asked);
  const files = another(open).files.encode(model, {
    version: 2,
    method: name,
    input: { width: 16, height: 16, channels: 1 },
    config,
    smoothing: { sigma: 0, unit: 'pixels' },
    threshold: null,
    seed: 0,
  });
  if (name === 'patchcore') return; // SoftPatch's have all that it needs
  await expect(method(open).files.decode(inMemory(files))).rejects.toThrow(FormatError);
});

test('what would take more than 4 GiB is refused before it is tried, with numbers', async () => {
  const wide =
    (channels: number, side: number): OpenFeatures =>
    async () => ({
      id: 'wide',
      extract: async ({ shape }) => [ndarray(new Float32Array(shape[0]! * side * side * channels), [shape[0]!, side, side, channels])],
      dispose() {},
    });
  const many: TrainingSet = { ...imageSet(training), count: 1e6, read: () => imageSet(training).read(Int32Array.of(0)) };
  const expected = /: a fit would take \d+\.\d GiB of memory for .*; it must be at most 4 GiB: set /;
  await expect(mapsOf(METHODS.padim(wide(2000, 20)), imageSet(training), asked)).rejects.toThrow(expected);
  await expect(mapsOf(METHODS.padimConcentrated(wide(2000, 20)), imageSet(training), asked)).rejects.toThrow(expected);
  await expect(mapsOf(METHODS.randomMemory(wide(1e5, 2)), many, asked, { patches: 1e5 })).rejects.toThrow(expected);
  for (const method of [METHODS.patchCore, METHODS.softPatch]) {
    await expect(mapsOf(method(wide(8, 28)), many, asked, { dims: 128 })).rejects.toThrow(expected);
  }
});

describe('local outlier factors', () => {
  test.each(Object.entries(golden.factors))('are those of scikit-learn, of %s neighbours', (neighbours, factors) => {
    expectClose(localOutlierFactors(Float32Array.from(golden.crowd), 4, Number(neighbours)), factors, 1e-5);
  });

  test('are 1 of what is alone, and of equally distant points', () => {
    expect([...localOutlierFactors(Float32Array.of(1, 2), 2, 6)]).toEqual([1]);
    expectClose(localOutlierFactors(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3, 6), [1, 1, 1], 1e-9);
  });
});

function coreset(points: Float32Array, options: Parameters<typeof greedyCoreset>[1]): Int32Array {
  const picking = greedyCoreset(points, options);
  let picked = picking.next();
  while (!picked.done) picked = picking.next();
  return picked.value;
}

/** How far the farthest of the points is from what is nearest among the picked. */
const radiusOf = (points: Float32Array, picks: ArrayLike<number>) =>
  Math.max(
    ...Array.from({ length: points.length / 2 }, (_, i) =>
      Math.min(...Array.from(picks, (pick) => Math.hypot(points[2 * i]! - points[2 * pick]!, points[2 * i + 1]! - points[2 * pick + 1]!))),
    ),
  );

describe('greedy k-center', () => {
  test('is at most twice as wide as the best choice', () => {
    const pairs = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(fc.uniqueArray(pairs, { minLength: 3, maxLength: 14, selector: String }), fc.integer(), (places, seed) => {
        const points = Float32Array.from(places.flat());
        const n = places.length;
        let best = Number.POSITIVE_INFINITY;
        for (let a = 0; a < n; a++)
          for (let b = a + 1; b < n; b++) for (let c = b + 1; c < n; c++) best = Math.min(best, radiusOf(points, [a, b, c]));
        const picks = coreset(points, { dims: 2, size: 3, rng: createRng(seed) });
        expect(new Set(picks).size).toBe(3);
        expect(radiusOf(points, picks)).toBeLessThanOrEqual(2 * best + 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  test('picks the farthest each time, as a brute force does', () => {
    const points = createRng('points').normal(new Float32Array(2 * 300));
    const picks = coreset(points, { dims: 2, size: 40, rng: createRng(0) });
    for (let k = 1; k < picks.length; k++) {
      const before = picks.subarray(0, k);
      const own = Math.min(
        ...Array.from(before, (pick) =>
          Math.hypot(points[2 * pick]! - points[2 * picks[k]!]!, points[2 * pick + 1]! - points[2 * picks[k]! + 1]!),
        ),
      );
      expect(own).toBeCloseTo(radiusOf(points, before), 6);
    }
  });

  test('picks only among those that it may, and no point twice', () => {
    const points = Float32Array.of(0, 0, 1, 0, 1, 0, 100, 0, 3, 0);
    const picks = coreset(points, { dims: 2, size: 5, rng: createRng(0), among: Uint8Array.of(1, 1, 1, 0, 1) });
    expect([...picks.map((pick) => points[2 * pick]!)].sort()).toEqual([0, 1, 3]);
    expect(() => coreset(points, { dims: 2, size: 1, rng: createRng(0), among: new Uint8Array(5) })).toThrow(ConfigError);
  });
});

test('the nearest patch is that of a brute force, far from 0 and in blocks', async () => {
  const rng = createRng('nearest');
  const dims = 6;
  const far = (n: number) => rng.normal(new Float32Array(n * dims)).map((value) => 1000 + value);
  const [patches, queries] = [far(50), far(33)];
  const rows = Float32Array.from({ length: 50 }, (_, j) => j % 5);
  const search = searchOn(backend)({ patches: { shape: [50, dims], data: patches }, rows: { shape: [50], data: rows } });
  for (const without of [undefined, 3]) {
    const { at, squared } = await search.nearest(queries, without);
    for (let i = 0; i < 33; i++) {
      const all = Array.from({ length: 50 }, (_, j) => {
        if (rows[j] === without) return Number.POSITIVE_INFINITY;
        return Array.from({ length: dims }, (_, k) => (queries[i * dims + k]! - patches[j * dims + k]!) ** 2).reduce(
          (sum, value) => sum + value,
          0,
        );
      });
      expect(at[i]).toBe(all.indexOf(Math.min(...all)));
      expect(squared[i]).toBeCloseTo(Math.min(...all), 9);
    }
  }
  search.dispose();
});
