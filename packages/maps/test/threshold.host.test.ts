import { ConfigError } from '@rddpm/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { binaryMask, quantileThreshold, spreadRows, thresholdAt, thresholdOf } from '../src/index.ts';
import golden from './goldens/scipy.json' with { type: 'json' };

test.each(golden.quantiles as { quantile: number; value: number }[])(
  `the quantile $quantile is that of ${golden.library}`,
  ({ quantile, value }) => {
    expect(quantileThreshold(golden.scores, quantile)).toBeCloseTo(value, 14);
  },
);

test('nine tenths of 0 … 10 lie below 9', () => {
  expect(quantileThreshold([10, 3, 0, 1, 2, 4, 5, 6, 7, 9, 8])).toBe(9);
  expect(quantileThreshold([7])).toBe(7);
  expect(quantileThreshold([0, 1], 0.25)).toBe(0.25);
});

test('the scores stay in their order', () => {
  const scores = Float64Array.of(3, 1, 2);
  quantileThreshold(scores);
  expect([...scores]).toEqual([3, 1, 2]);
});

test('refuses no scores, NaN, and a quantile that is a percentage', () => {
  expect(() => quantileThreshold([])).toThrow(ConfigError);
  expect(() => quantileThreshold([1, Number.NaN, 0])).toThrow(/holds NaN/);
  expect(() => quantileThreshold([1], 90)).toThrow('quantileThreshold: quantile is 90; it must be in [0, 1]');
});

test('a mask is 1 where the map reaches the threshold', () => {
  const mask = binaryMask(ndarray(Float32Array.of(0.1, 0.5, 0.7, 0.2), [2, 2]), 0.5);
  expect(mask.shape).toEqual([2, 2]);
  expect([...mask.data]).toEqual([0, 1, 1, 0]);
  const transposed = binaryMask(ndarray(Float32Array.of(0.1, 0.5, 0.7, 0.2), [2, 2]).transpose(1, 0), 0.6);
  expect(transposed.get(0, 1)).toBe(1);
  expect(() => binaryMask(mask as never, Number.NaN)).toThrow(ConfigError);
});

test('at most so many of the rows, evenly spread', () => {
  const even = Int32Array.from({ length: 64 }, (_, i) => 10 * i);
  expect(spreadRows(even, 32)).toEqual(even.filter((_, i) => i % 2 === 0));
  expect([spreadRows(Int32Array.of(5, 3, 8), 32), spreadRows(new Int32Array(0), 32)]).toEqual([Int32Array.of(5, 3, 8), new Int32Array(0)]);
});

describe('thresholdOf', () => {
  /** Of 1001 images, the log excess over the median is exponential, of mean 0.3. */
  const scores = Float64Array.from({ length: 1001 }, (_, i) => 2 * (i < 500 ? 0.9 : (0.5 / (1 - i / 1001)) ** 0.3));

  test('is where as many good images lie as were asked for', () => {
    const { value, falseAlarms, tail, images } = thresholdOf(scores);
    expect([falseAlarms, images]).toEqual([0.05, 1001]);
    expect(tail.median).toBeCloseTo(2, 2);
    expect(tail.scale).toBeCloseTo(0.3, 2);
    expect(value).toBeCloseTo(tail.median * 10 ** tail.scale, 12);
    for (const rate of [0.01, 0.05, 0.2]) {
      const above = scores.filter((score) => score >= thresholdOf(scores, rate).value).length;
      expect(above / 1001).toBeCloseTo(rate, 2);
      expect(thresholdAt(thresholdOf(scores), rate)).toEqual(thresholdOf(scores, rate));
    }
  });

  test('is the same however defective the highest fifth are', () => {
    const spoilt = scores.map((score, i) => (i > 801 ? 1000 * score : score));
    expect(thresholdOf(spoilt)).toEqual(thresholdOf(scores));
  });

  test.each([
    ['one image', [0.3]],
    ['images that all score alike', Array(40).fill(0.3)],
    ['none that scores at all', Array(40).fill(0)],
    ['half that score nothing', [0, 0, 0, 0.2, 0.3]],
  ])('%s: it is finite, and just above them', (_, scores) => {
    const { value } = thresholdOf(scores, 0.05);
    const highest = Math.max(...scores);
    expect(value).toBeGreaterThan(highest);
    expect(value).toBeLessThan(1.01 * highest + 1e-30);
    expect(Number.isFinite(thresholdOf([1e-300, 1e-300, 1, 1e300, 1e300], 1e-9).value)).toBe(true);
  });

  test('refuses no scores, NaN, other rates, and to make another rate of a quantile', () => {
    expect(() => thresholdOf([])).toThrow(ConfigError);
    expect(() => thresholdOf([1, Number.NaN])).toThrow(ConfigError);
    for (const rate of [0, 0.5, 5, Number.NaN]) expect(() => thresholdOf([1], rate)).toThrow(/must be above 0 and below 0\.5/);
    expect(() => thresholdAt({ value: 1, quantile: 0.9, images: 32 }, 0.1)).toThrow(ConfigError);
  });
});
