import { expectClose, expectMethod, fitMethod, inMemory } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, imageSet } from '@rddpm/core';
import type { FitEvent, RatedRows, TrainingSet } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { pca, rpca } from '../src/index.ts';

const [H, W] = [8, 10];

/** A gradient whose brightness and slope vary, with grain; every fifth image has a bright patch of 2 x 2, at (x, y) = (4, 2). */
function parts(n: number, seed: string, contaminated = true) {
  const rng = createRng(seed);
  const images = ndarray(new Float32Array(n * H * W), [n, H, W, 1]);
  for (let i = 0; i < n; i++) {
    const [base, slope] = [0.3 + 0.1 * rng.uniform(), 0.4 * rng.uniform()];
    for (let y = 0; y < H; y++)
      for (let x = 0; x < W; x++) {
        const defect = contaminated && i % 5 === 0 && x >= 4 && x < 6 && y >= 2 && y < 4 ? 0.4 : 0;
        images.set(i, y, x, 0, base + (slope * x) / W + 0.005 * rng.uniform() + defect);
      }
  }
  return images;
}

const suspectsOf = (events: readonly FitEvent[]): RatedRows => {
  const event = events.at(-1)!;
  return event.kind === 'suspects' ? event : expect.fail(`the last event is ${event.kind}`);
};

const RUN = { backend: () => Promise.reject(new Error('directions need no backend')), rng: createRng(0) };

describe.each([
  [{ solver: 'ialm' }, 2e-2],
  [{ solver: 'stable' }, 2e-2],
  [{ solver: 'stable', noise: 0.01 }, 2e-2],
  [{ solver: 'online', lambda: 0.02, epochs: 20 }, 2e-2],
])('%o', (fields, tolerance) => {
  const given = { ...fields, directions: 2 };

  test('keeps what is promised of every method', async () => {
    const { model } = await expectMethod(rpca, {
      training: imageSet(parts(20, 'training')),
      test: imageSet(parts(3, 'test')),
      config: { ...given, error: 'squared', channelReduction: 'sum' },
    });
    expect(model.directions.shape).toEqual([2, H, W, 1]);
  });

  test('defects among the training images are suspects, by their place, and are not learnt', async () => {
    const config = rpca.config.parse(given);
    const { model, events } = await fitMethod(rpca, config, imageSet(parts(40, 'training')));
    const { kept, places, scores, cutoff, rule } = suspectsOf(events);
    expect([...kept]).toEqual(Array.from({ length: 40 }, (_, i) => (i % 5 === 0 ? 0 : 1)));
    expect(rule).toBe('median + 3 deviations (MAD)');
    scores.forEach((score, i) => {
      expect(score > cutoff).toBe(kept[i] === 0);
    });
    for (let i = 0; i < 40; i += 5) {
      expect(
        [
          [4, 5],
          [2, 3],
        ].map((near, axis) => near.includes([places!.x, places!.y][axis]![i]!)),
      ).toEqual([true, true]);
    }
    const scorer = await rpca.scorer(model!, config, RUN);
    const [good, odd] = [parts(2, 'test', false), parts(1, 'test')];
    const calm = await scorer.score({ values: good, range: 'pixels' });
    expect(Math.max(...calm.maps.data)).toBeLessThan(tolerance);
    const { maps } = await scorer.score({ values: odd, range: 'pixels' });
    expect(maps.get(0, 3, 4)).toBeGreaterThan(0.25); // of 0.4: what two directions of 80 pixels take of a patch
  });
});

test('plain PCA learns the defects that RPCA leaves out', async () => {
  const training = imageSet(parts(40, 'training'));
  const shown = { values: parts(1, 'test'), range: 'pixels' } as const;
  const [plain, robust] = [pca.config.parse({ components: 3 }), rpca.config.parse({ directions: 3, solver: 'stable' })];
  const byPca = await pca.scorer((await fitMethod(pca, plain, training)).model!, plain, RUN);
  const byRpca = await rpca.scorer((await fitMethod(rpca, robust, training)).model!, robust, RUN);
  expect((await byPca.score(shown)).maps.get(0, 3, 4)).toBeLessThan(0.05);
  expect((await byRpca.score(shown)).maps.get(0, 3, 4)).toBeGreaterThan(0.2);
});

test('online, it reads the images once an epoch and once more, in another order each time, the same for the same generator', async () => {
  const asked: number[][] = [];
  const set = imageSet(parts(100, 'training'));
  const remembering: TrainingSet = {
    ...set,
    read(rows) {
      asked.push([...rows]);
      return set.read(rows);
    },
  };
  const config = rpca.config.parse({ solver: 'online', directions: 2, epochs: 2 });
  const { model, events } = await fitMethod(rpca, config, remembering);
  expect(asked.map((rows) => rows.length)).toEqual([64, 36, 64, 36, 64, 36]);
  expect(asked[0]).not.toEqual(asked[2]);
  expect(
    asked
      .slice(2, 4)
      .flat()
      .sort((a, b) => a - b),
  ).toEqual(asked.slice(4).flat());
  expect(events.at(-2)).toMatchObject({ kind: 'progress', step: 300, steps: 300 });
  expect((await fitMethod(rpca, config, set)).model).toEqual(model);
});

test('directions are orthonormal, and begin where there is nothing', async () => {
  const { model } = await fitMethod(rpca, rpca.config.parse({ directions: 2 }), imageSet(parts(20, 'training')));
  const { data } = model!.directions;
  const dot = (i: number, j: number) => data.subarray(i * 80, (i + 1) * 80).reduce((sum, value, k) => sum + value * data[j * 80 + k]!, 0);
  expectClose([dot(0, 0), dot(0, 1), dot(1, 1)], [1, 0, 1], 1e-6);
  expect(model!.origin).toEqual({ shape: [H, W, 1], data: new Float32Array(80) });
});

test('what cannot be taken apart is said', async () => {
  const fit = async (images: ReturnType<typeof parts>, given: object) => fitMethod(rpca, rpca.config.parse(given), imageSet(images));
  const few = fit(parts(4, 'few'), { directions: 5 });
  await expect(few).rejects.toThrow(new ConfigError('rpca: directions is 5; of 4 images of 80 values it must be 1 to 4'));
  const black = fit(ndarray(new Float32Array(6 * 4), [6, 2, 2, 1]), { directions: 2 });
  await expect(black).rejects.toThrow(new FormatError('rpca: all training images are black; they must show something'));
  await expect(fit(parts(6, 'sparse'), { lambda: 1e-4 })).rejects.toThrow(/^rpca: nothing of the 6 training images is of low rank/);
  const { read } = imageSet(parts(1, 'one'));
  const huge: TrainingSet = { count: 20_000, shape: [64, 64, 3], range: 'pixels', read };
  await expect(fitMethod(rpca, rpca.config.parse({}), huge)).rejects.toThrow(
    new ConfigError(
      "rpca: 20000 images of 12288 values are more than solver 'ialm' takes: 5461 at most, or smaller ones; solver 'online' takes any number",
    ),
  );
  await expect(rpca.files.decode(inMemory([]))).rejects.toThrow(new FormatError('memory holds no RPCA: model.safetensors is missing'));
});

test.each(['ialm', 'stable', 'online'])('%s ends early when it is told to', async (solver) => {
  const controller = new AbortController();
  const fitting = rpca.fit(imageSet(parts(20, 'training')), rpca.config.parse({ solver, directions: 2 }), {
    ...RUN,
    signal: controller.signal,
  });
  expect(await fitting.next()).toMatchObject({ done: false, value: { kind: 'progress' } });
  controller.abort();
  expect(await fitting.next()).toEqual({ done: true, value: undefined });
});

test('what it learns calls for a new fit, how it scores does not', () => {
  const { config } = rpca;
  expect(config.parse({})).toMatchObject({
    solver: 'ialm',
    directions: 5,
    lambda: null,
    noise: null,
    epochs: 5,
    deviations: 3,
    error: 'absolute',
  });
  expect(['solver', 'directions', 'lambda', 'error', 'channelReduction'].map((field) => config.affects(field))).toEqual([
    'fit',
    'fit',
    'fit',
    'score',
    'score',
  ]);
  expect(() => config.parse({ lambda: 0, solver: 'admm' })).toThrow(/^rpca: .*at solver\n.*at lambda/s);
});
