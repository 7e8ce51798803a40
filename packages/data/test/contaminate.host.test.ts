import { ConfigError, createRng } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { type ContaminateOptions, contaminate, type Sample } from '../src/index.ts';

const images = (split: 'train' | 'test', kind: string, count: number): Sample[] =>
  Array.from({ length: count }, (_, i) => {
    const id = `${kind}/${String(i).padStart(3, '0')}`;
    return { id, path: `${split}/${id}.png`, split, anomalous: kind !== 'good', kind };
  });
/** The numbers of MVTec AD's bottle. */
const bottle = [
  ...images('train', 'good', 209),
  ...images('test', 'broken_large', 20),
  ...images('test', 'broken_small', 22),
  ...images('test', 'contamination', 21),
  ...images('test', 'good', 20),
];
const run = (options: Partial<ContaminateOptions> = {}, samples = bottle) =>
  contaminate(samples, { ratio: 0.2, rng: createRng(0), ...options });
const sizes = (samples: readonly Sample[]) => ({
  train: samples.filter(({ split }) => split === 'train').length,
  test: samples.filter(({ split }) => split === 'test').length,
});

describe('how many', () => {
  test('0.2 of 209 normals is 42: 251 training images, 41 left in the test set', () => {
    const { samples, manifest } = run();
    expect(manifest).toMatchObject({ normals: 209, available: 63, ratio: 0.2, of: 'normals', overlap: false });
    expect(manifest.contaminants).toHaveLength(42);
    expect(sizes(samples)).toEqual({ train: 251, test: 41 });
  });

  test('0.2 of the total is a fifth of the training set: 52 beside 209', () => {
    const { samples, manifest } = run({ of: 'total' });
    expect(manifest.contaminants).toHaveLength(52); // 0.25 · 209 = 52.25
    expect(sizes(samples)).toEqual({ train: 261, test: 31 });
  });

  test.each([
    [0, 0],
    [0.1, 21], // 20.9
    [0.002, 0], // 0.418
    [0.3, 63], // 62.7: all that there are
  ])('ratio %f of the normals is %i', (ratio, count) => {
    expect(run({ ratio }).manifest.contaminants).toHaveLength(count);
  });

  test('contaminants already there are not counted as normals', () => {
    const { samples } = run({ overlap: true });
    expect(run({ overlap: true }, samples).manifest.normals).toBe(209);
  });
});

test('training images that nobody has judged count as normal, such test images not as defective', () => {
  const unjudged = [...images('train', 'part', 5), ...images('test', 'part', 5)].map(({ anomalous: _, ...sample }) => sample);
  expect(run({ ratio: 0 }, unjudged).manifest).toMatchObject({ normals: 5, available: 0 });
});

describe('which', () => {
  test('with overlap they stay in the test set as well', () => {
    const { samples, manifest } = run({ overlap: true });
    expect(sizes(samples)).toEqual({ train: 251, test: 83 });
    const tests = new Set(samples.filter(({ split }) => split === 'test').map(({ path }) => path));
    expect(manifest.contaminants.every((path) => tests.has(path))).toBe(true);
  });

  test('without it no image is in both', () => {
    const { samples } = run();
    expect(new Set(samples.map(({ path }) => path)).size).toBe(samples.length);
  });

  test('the rest keeps its order; contaminants come last, marked, with their path', () => {
    const { samples, manifest } = run();
    const moved = new Set(manifest.contaminants);
    expect(samples.slice(0, -42)).toEqual(bottle.filter(({ path }) => !moved.has(path)));
    const contaminants = samples.slice(-42);
    expect(contaminants.map(({ path }) => path)).toEqual(manifest.contaminants);
    expect(contaminants.every(({ split, contaminant, anomalous }) => split === 'train' && contaminant && anomalous)).toBe(true);
  });

  test('the seed decides', () => {
    expect(run()).toEqual(run());
    expect(run({ rng: createRng(1) }).manifest.contaminants).not.toEqual(run().manifest.contaminants);
  });

  test('a higher ratio adds to the choice of a lower one', () => {
    const more = new Set(run({ ratio: 0.3 }).manifest.contaminants);
    expect(run({ ratio: 0.1 }).manifest.contaminants.every((path) => more.has(path))).toBe(true);
  });

  test('each defective image is chosen equally often', () => {
    const times = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      for (const path of run({ rng: createRng(seed) }).manifest.contaminants) times.set(path, (times.get(path) ?? 0) + 1);
    }
    // 400 draws at p = 42/63: mean 266.7, standard deviation 9.4; five of them are a false alarm once in 30,000 runs of 63 images
    for (const count of times.values()) expect(Math.abs(count - 266.7)).toBeLessThan(47);
    expect(times.size).toBe(63);
  });
});

test('the manifest repeats the seed it was given, and null without', () => {
  expect(run({ seed: 7 }).manifest.seed).toBe(7);
  expect(run().manifest.seed).toBeNull();
});

describe('throws ConfigError', () => {
  test('for more than there is, saying how many exist and what would work', () => {
    expect(() => run({ ratio: 0.4 })).toThrow(ConfigError);
    expect(() => run({ ratio: 0.4 })).toThrow(
      /asks for 84 defective images beside 209 normals, but the test set has 63; .* ratio is 0\.301/,
    );
    expect(run({ ratio: 0.301 }).manifest.contaminants).toHaveLength(63);
    expect(() => run({ ratio: 0.3, of: 'total' })).toThrow(/asks for 90 .* ratio is 0\.231/);
    expect(run({ ratio: 0.231, of: 'total' }).manifest.contaminants).toHaveLength(63);
  });

  test.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])('for ratio %f', (ratio) => {
    expect(() => run({ ratio })).toThrow(/contaminate: ratio is/);
  });

  test('for the whole of the total', () => {
    expect(() => run({ ratio: 1, of: 'total' })).toThrow(/at least 0 and below 1/);
  });
});
