import { expect, test } from 'vitest';
import { bootstrap, pairedBootstrap, rocAuc } from '../../src/index.ts';

const a = Array.from({ length: 50 }, (_, i) => Math.sin(i * i) * 3 + (i % 7));
const better = a.map((value, i) => value + 0.5 + Math.cos(i * i) / 10);
const mean = (values: readonly number[]) => (weights: Uint32Array) =>
  values.reduce((sum, value, i) => sum + weights[i]! * value, 0) / values.length;

test('both get the same resamples: the interval is that of the differences', () => {
  const paired = pairedBootstrap(50, mean(better), mean(a), { seed: 4 });
  const single = bootstrap(50, mean(better.map((value, i) => value - a[i]!)), { seed: 4 });
  expect(paired.difference).toBeCloseTo(single.estimate, 12);
  expect(paired.low).toBeCloseTo(single.low, 12);
  expect(paired.high).toBeCloseTo(single.high, 12);
  expect(paired.standardError).toBeCloseTo(single.standardError, 12);
  expect(paired.standardError).toBeLessThan(bootstrap(50, mean(a)).standardError / 10); // what both share cancels out
  expect([paired.estimateA, paired.estimateB]).toEqual([mean(better)(new Uint32Array(50).fill(1)), mean(a)(new Uint32Array(50).fill(1))]);
});

test('a difference that no resample turns has the least p-value, 2 / (1 + n)', () => {
  expect(pairedBootstrap(50, mean(better), mean(a), { samples: 199 }).pValue).toBe(2 / 200);
  expect(pairedBootstrap(50, mean(a), mean(better), { samples: 199 }).pValue).toBe(2 / 200);
});

test('the same method twice has a p-value of 1', () => {
  expect(pairedBootstrap(50, mean(a), mean(a), { samples: 99 })).toEqual({
    estimateA: mean(a)(new Uint32Array(50).fill(1)),
    estimateB: mean(a)(new Uint32Array(50).fill(1)),
    difference: 0,
    low: 0,
    high: 0,
    standardError: 0,
    samples: 99,
    undefinedSamples: 0,
    pValue: 1,
  });
});

test('the p-value counts the resamples beyond 0, those at 0 on both sides', () => {
  const differences = [1, -1, 0, 2, 3, Number.NaN, 4, 5, 0, 6];
  let call = -1; // the first is the estimate
  const result = pairedBootstrap(
    3,
    () => (call < 0 ? 1 : differences[call]!),
    () => {
      call++;
      return 0;
    },
    { samples: 10 },
  );
  // -1, 0 and 0 are 0 or less: 2 (1 + 3) / (1 + 9)
  expect(result.pValue).toBe(8 / 10);
  expect(result.undefinedSamples).toBe(1);
});

test('the p-value is below 0.05 about where the interval leaves 0 out', () => {
  for (const shift of [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1]) {
    const noisy = a.map((value, i) => value + shift + 2 * Math.cos(i * i * i));
    const { low, pValue } = pairedBootstrap(50, mean(noisy), mean(a));
    if (low > 0) expect(pValue).toBeLessThan(0.055);
    else expect(pValue).toBeGreaterThan(0.045);
  }
});

test('swapped, the interval is mirrored and the p-value stays', () => {
  const there = pairedBootstrap(50, mean(better), mean(a));
  const back = pairedBootstrap(50, mean(a), mean(better));
  expect(back.difference).toBe(-there.difference);
  expect(back.low).toBeCloseTo(-there.high, 12);
  expect(back.high).toBeCloseTo(-there.low, 12);
  expect(back.pValue).toBe(there.pValue);
});

test('compares AUROCs of images, drawn within good and defective', () => {
  const labels = Array.from({ length: 40 }, (_, i) => (i < 8 ? 1 : 0));
  const strong = labels.map((label, i) => 3 * label + Math.sin(i * i));
  const weak = labels.map((label, i) => 0.3 * label + Math.sin(7 * i * i + 1));
  const drawn = (values: readonly number[], weights: Uint32Array) =>
    values.flatMap((value, i) => new Array<number>(weights[i]!).fill(value));
  const auroc = (scores: readonly number[]) => (weights: Uint32Array) => rocAuc(drawn(labels, weights), drawn(scores, weights));
  const { low, high, difference, pValue, undefinedSamples } = pairedBootstrap(40, auroc(strong), auroc(weak), {
    samples: 300,
    groups: labels,
  });
  expect(difference).toBe(rocAuc(labels, strong) - rocAuc(labels, weak));
  expect(low).toBeGreaterThan(0);
  expect(high).toBeGreaterThan(difference);
  expect(pValue).toBeLessThan(0.05);
  expect(undefinedSamples).toBe(0);
});

test('undefined everywhere, all is NaN, the p-value too', () => {
  const { pValue, low, undefinedSamples } = pairedBootstrap(3, () => Number.NaN, mean([1, 2, 3]), { samples: 5 });
  expect([pValue, low, undefinedSamples]).toEqual([Number.NaN, Number.NaN, 5]);
});

test('says which statistic is wrong', () => {
  expect(() => pairedBootstrap(3, mean([1, 2, 3]), () => -Infinity)).toThrow(
    new RangeError('pairedBootstrap: statisticB gave -Infinity; it must be finite, or NaN where it is undefined'),
  );
  expect(() => pairedBootstrap(3, (() => '1') as never, mean([1, 2, 3]))).toThrow(
    new TypeError('pairedBootstrap: statisticA gave string; it must give a number, NaN where it is undefined'),
  );
  expect(() => pairedBootstrap(0, mean([]), mean([]))).toThrow(
    new RangeError('pairedBootstrap: count is 0; it must be a whole number of images, 1 or more'),
  );
});
