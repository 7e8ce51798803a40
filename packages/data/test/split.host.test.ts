import { ConfigError, createRng } from '@rddpm/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Sample, splitSamples } from '../src/index.ts';

const image = (path: string, rest: Partial<Sample> = {}): Sample => ({ id: path, path, kind: rest.anomalous ? 'defect' : 'good', ...rest });
const many = (name: string, count: number, rest: Partial<Sample>) =>
  Array.from({ length: count }, (_, i) => image(`${name}/${i}.png`, rest));
const run = (samples: readonly Sample[], options: { folds?: number; fold?: number; seed?: number } = {}) => {
  const { seed = 0, ...others } = options;
  return splitSamples(samples, { ...others, rng: createRng(seed) });
};
const pathsOf = (samples: readonly Sample[], split: Sample['split']) =>
  samples.flatMap((sample) => (sample.split === split ? sample.path : []));

test('where nobody knows of any image, all are for training', () => {
  const { samples, split } = run(many('photos', 3, {}));
  expect(samples.every((sample) => sample.split === 'train')).toBe(true);
  expect(split).toBeNull();
});

describe('normal and defective images without groups', () => {
  const folders = [...many('normal', 11, { anomalous: false }), ...many('broken', 4, { anomalous: true })];

  test('a fifth of the normal ones and all defects are tested on', () => {
    const { samples, split } = run(folders);
    expect(split).toEqual({ folds: 5, fold: 0 });
    expect(pathsOf(samples, 'train')).toHaveLength(8);
    expect(pathsOf(samples, 'test').filter((path) => path.startsWith('broken/'))).toHaveLength(4);
    expect(samples.map(({ path }) => path)).toEqual(folders.map(({ path }) => path));
  });

  test('each normal image is tested on in one fold of all', () => {
    const tested = [0, 1, 2].flatMap((fold) =>
      pathsOf(run(folders, { folds: 3, fold }).samples, 'test').filter((path) => path.startsWith('normal/')),
    );
    expect(tested.sort()).toEqual(folders.flatMap(({ anomalous, path }) => (anomalous ? [] : path)).sort());
  });

  test('images of which nobody knows are for training', () => {
    const { samples } = run([...folders, ...many('unsorted', 20, {})]);
    expect(pathsOf(samples, 'train').filter((path) => path.startsWith('unsorted/'))).toHaveLength(20);
  });

  test('the order of the files is of no matter, the seed is', () => {
    const tests = (samples: readonly Sample[], seed: number) => pathsOf(run(samples, { seed }).samples, 'test').sort();
    expect(tests(folders.toReversed(), 0)).toEqual(tests(folders, 0));
    expect(tests(folders, 1)).not.toEqual(tests(folders, 0));
  });
});

test('groups stay whole, for any groups, folds and seed; defects of those that are trained on are out of use', () => {
  const sets = fc.array(
    fc.record({ group: fc.option(fc.integer({ min: 0, max: 9 })), anomalous: fc.constantFrom(true, false, undefined) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(sets, fc.integer({ min: 2, max: 4 }), fc.nat(), (drawn, folds, seed) => {
      const samples = drawn.map(({ group, anomalous }, i) =>
        image(`${i}.png`, { ...(group === null ? {} : { group: `part ${group}` }), ...(anomalous === undefined ? {} : { anomalous }) }),
      );
      const groupOf = ({ group, path }: Sample) => group ?? path;
      fc.pre(samples.some(({ group }) => group !== undefined) && samples.some(({ anomalous }) => anomalous !== undefined));
      fc.pre(new Set(samples.map(groupOf)).size >= folds);
      const testedIn = new Map<string, number>();
      for (let fold = 0; fold < folds; fold++) {
        const { samples: split } = run(samples, { folds, fold, seed });
        const tested = new Set(split.filter((sample) => sample.split === 'test').map(groupOf));
        for (const group of tested) testedIn.set(group, (testedIn.get(group) ?? 0) + 1);
        for (const sample of split) {
          if (tested.has(groupOf(sample))) expect(sample.split).toBe('test');
          else expect(sample.split).toBe(sample.anomalous ? undefined : 'train');
        }
        const sizes = new Set(samples.map(groupOf)).size / folds;
        expect(Math.abs(tested.size - sizes)).toBeLessThan(1);
      }
      expect([...testedIn.values()].every((times) => times === 1)).toBe(true);
      expect(testedIn.size).toBe(new Set(samples.map(groupOf)).size);
    }),
    { numRuns: 50 },
  );
});

test('groups are ordered as people do: a leading zero more or less changes nothing', () => {
  const parts = (name: (part: number) => string) =>
    Array.from({ length: 24 }, (_, i) => image(`${i}.png`, { group: name(i >> 1), anomalous: i % 2 === 0 }));
  const tests = (samples: readonly Sample[]) => pathsOf(run(samples).samples, 'test');
  expect(tests(parts((part) => `part ${part}`))).toEqual(tests(parts((part) => `part ${String(part).padStart(3, '0')}`)));
});

test('samples with a split keep it', () => {
  const own = many('a', 9, { split: 'validation', anomalous: false });
  expect(run(own)).toEqual({ samples: own, split: null });
  const mixed = run([...own, ...many('b', 5, { anomalous: false })]).samples;
  expect(pathsOf(mixed, 'validation')).toHaveLength(9);
  expect(pathsOf(mixed, 'test')).toHaveLength(1);
});

test('throws ConfigError for folds that there cannot be', () => {
  const folders = many('normal', 3, { anomalous: false });
  expect(() => run(folders)).toThrow(
    new ConfigError('splitSamples: folds is 5; it must be at most the number of normal images, of which there are 3'),
  );
  expect(() => run(many('a', 9, { anomalous: false, group: 'g' }))).toThrow(/at most the number of groups, of which there are 1/);
  expect(() => run(folders, { folds: 1 })).toThrow(/folds is 1; it must be at least 2/);
  expect(() => run(folders, { folds: 3, fold: 3 })).toThrow(/fold is 3; of 3 folds it must be a whole number from 0 to 2/);
});
