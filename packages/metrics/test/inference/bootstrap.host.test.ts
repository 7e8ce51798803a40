import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootstrap } from '../../src/index.ts';
import { planResamples } from '../../src/inference/resample.ts';

const mean = (values: readonly number[]) => (weights: Uint32Array) =>
  values.reduce((sum, value, i) => sum + weights[i]! * value, 0) / weights.reduce((sum, weight) => sum + weight, 0);

const values = Array.from({ length: 60 }, (_, i) => Math.sin(i * i) * 3 + (i % 7));
const average = values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of the mean of a resample: that of the values, without Bessel's correction, over their number. */
const exactError = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0)) / values.length;

test('the standard error of a mean comes near its closed form', () => {
  const { estimate, standardError, low, high, samples, undefinedSamples } = bootstrap(values.length, mean(values), { samples: 20_000 });
  expect(estimate).toBeCloseTo(average, 12);
  expect(Math.abs(standardError / exactError - 1)).toBeLessThan(0.02); // its own error is 1 / sqrt(2 * 20000) = 0.005
  expect(Math.abs((low - average) / exactError + 1.96)).toBeLessThan(0.12);
  expect(Math.abs((high - average) / exactError - 1.96)).toBeLessThan(0.12);
  expect([samples, undefinedSamples]).toEqual([20_000, 0]);
});

test('the example of the doc comment', () => {
  const areas = [12, 30, 7, 22];
  const areaMean = (weights: Uint32Array) => areas.reduce((sum, area, i) => sum + weights[i]! * area, 0) / areas.length;
  const exact = Math.sqrt(areas.reduce((sum, area) => sum + (area - 17.75) ** 2, 0)) / 4;
  expect(Math.abs(bootstrap(areas.length, areaMean).standardError / exact - 1)).toBeLessThan(0.1);
});

test('the interval holds the middle part of the resamples, with straight lines between them', () => {
  const drawn: number[] = [];
  const statistic = (weights: Uint32Array) => {
    drawn.push(weights[0]! - weights[1]! / 7);
    return drawn.at(-1)!;
  };
  const { low, high, standardError } = bootstrap(10, statistic, { samples: 11, level: 0.9 });
  const sorted = drawn.slice(1).sort((a, b) => a - b); // the first is the estimate
  expect(low).toBeCloseTo((sorted[0]! + sorted[1]!) / 2, 12); // 5 % of 10 steps is half a step
  expect(high).toBeCloseTo((sorted[9]! + sorted[10]!) / 2, 12);
  const center = sorted.reduce((sum, value) => sum + value, 0) / 11;
  expect(standardError).toBeCloseTo(Math.sqrt(sorted.reduce((sum, value) => sum + (value - center) ** 2, 0) / 10), 12);
});

test('a higher level gives an interval around that of a lower one', () => {
  const at = (level: number) => bootstrap(values.length, mean(values), { level });
  expect(at(0.99).low).toBeLessThan(at(0.5).low);
  expect(at(0.99).high).toBeGreaterThan(at(0.5).high);
});

test('the same seed gives the same, another one something else', () => {
  const run = (seed?: number) => bootstrap(values.length, mean(values), { samples: 100, seed });
  expect(run(5)).toEqual(run(5));
  expect(run()).toEqual(run(0));
  expect(run(6)).not.toEqual(run(5));
});

test('a resample has as many images as the set; the estimate has each once', () => {
  const seen: number[][] = [];
  bootstrap(9, (weights) => seen.push([...weights]), { samples: 50 });
  expect(seen[0]).toEqual(new Array(9).fill(1));
  expect(seen).toHaveLength(51);
  for (const weights of seen) expect(weights.reduce((sum, weight) => sum + weight)).toBe(9);
  for (let image = 0; image < 9; image++) expect(Math.max(...seen.map((weights) => weights[image]!))).toBeGreaterThan(1);
});

test('a statistic of one value has an interval of one point', () => {
  expect(bootstrap(5, () => 0.1, { samples: 10 })).toEqual({
    estimate: 0.1,
    low: 0.1,
    high: 0.1,
    standardError: 0,
    samples: 10,
    undefinedSamples: 0,
  });
});

describe('where the statistic is undefined', () => {
  test('resamples are left out and counted', () => {
    const labels = [1, 0, 0, 0];
    const seen: number[] = [];
    const found = (weights: Uint32Array) => {
      const positives = labels.reduce((sum, label, i) => sum + label * weights[i]!, 0);
      seen.push(positives);
      return positives === 0 ? Number.NaN : positives;
    };
    const { undefinedSamples, samples, low } = bootstrap(4, found, { samples: 2000 });
    expect(undefinedSamples).toBe(seen.filter((positives) => positives === 0).length);
    expect(Math.abs(undefinedSamples / samples - 0.75 ** 4)).toBeLessThan(0.04);
    expect(low).toBe(1);
  });

  test('everywhere, all is NaN', () => {
    expect(bootstrap(3, () => Number.NaN, { samples: 7 })).toEqual({
      estimate: Number.NaN,
      low: Number.NaN,
      high: Number.NaN,
      standardError: Number.NaN,
      samples: 7,
      undefinedSamples: 7,
    });
  });

  test('but for one resample, there is no standard error', () => {
    let call = 0;
    const { low, high, standardError, undefinedSamples } = bootstrap(3, () => (call++ === 1 ? 2 : Number.NaN), { samples: 5 });
    expect([low, high, standardError, undefinedSamples]).toEqual([2, 2, Number.NaN, 4]);
  });
});

describe('groups', () => {
  test('each keeps its size in every resample', () => {
    const groups = fc.array(fc.constantFrom<number | string>(0, 1, 'crack'), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(groups, fc.integer(), (all, seed) => {
        for (const weights of planResamples('test', all.length, { groups: all, seed, samples: 3 }).resamples) {
          for (const group of all) {
            const size = all.filter((other) => other === group).length;
            expect(weights.reduce((sum, weight, i) => sum + (all[i] === group ? weight : 0), 0)).toBe(size);
          }
        }
      }),
    );
  });

  test('no resample lacks a class', () => {
    const labels = Uint8Array.of(1, 0, 0, 0);
    const found = (weights: Uint32Array) => 1 / (weights[0]! > 0 ? 1 : Number.NaN);
    expect(bootstrap(4, found).undefinedSamples).toBeGreaterThan(0);
    expect(bootstrap(4, found, { groups: labels }).undefinedSamples).toBe(0);
  });

  test('one group for all is as none', () => {
    expect(bootstrap(values.length, mean(values), { groups: values.map(() => 'all') })).toEqual(bootstrap(values.length, mean(values)));
  });

  test('the error of a mean is that of the groups', () => {
    // Two groups, each without spread: drawn apart, the mean never changes.
    const [two, groups] = [
      [5, 5, 1, 1, 1],
      [0, 0, 1, 1, 1],
    ];
    expect(bootstrap(5, mean(two), { groups }).standardError).toBe(0);
    expect(bootstrap(5, mean(two)).standardError).toBeGreaterThan(0.5);
  });
});

test.each<[string, number, object, Error]>([
  ['a count of 0', 0, {}, new RangeError('bootstrap: count is 0; it must be a whole number of images, 1 or more')],
  ['a count of 2.5', 2.5, {}, new RangeError('bootstrap: count is 2.5; it must be a whole number of images, 1 or more')],
  ['no samples', 3, { samples: 0 }, new RangeError('bootstrap: samples is 0; it must be a whole number, 1 or more')],
  ['a level of 1', 3, { level: 1 }, new RangeError('bootstrap: level is 1; it must be above 0 and below 1')],
  ['a level in percent', 3, { level: 95 }, new RangeError('bootstrap: level is 95; it must be above 0 and below 1')],
  ['half a seed', 3, { seed: 0.5 }, new RangeError('bootstrap: seed is 0.5; it must be a whole number')],
  ['groups of others', 3, { groups: [0, 1] }, new RangeError('bootstrap: groups has 2 entries for 3 images; it must have one for each')],
])('refuses %s', (_, count, options, error) => {
  expect(() => bootstrap(count, () => 1, options)).toThrow(error);
});

test('refuses a statistic that is infinite or no number', () => {
  expect(() => bootstrap(3, () => Infinity)).toThrow(
    new RangeError('bootstrap: statistic gave Infinity; it must be finite, or NaN where it is undefined'),
  );
  expect(() => bootstrap(3, (() => undefined) as never)).toThrow(
    new TypeError('bootstrap: statistic gave undefined; it must give a number, NaN where it is undefined'),
  );
});
