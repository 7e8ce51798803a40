import { ConfigError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { binaryMask, quantileThreshold, thresholdOf, thresholdRows } from '../src/index.ts';
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

test('a threshold comes from at most 32 of the rows, evenly spread: 0.9 of their scores lie below it', () => {
  const even = Int32Array.from({ length: 64 }, (_, i) => 10 * i);
  expect(thresholdRows(even)).toEqual(even.filter((_, i) => i % 2 === 0));
  expect(thresholdRows(Int32Array.from({ length: 33 }, (_, i) => i))).toEqual(Int32Array.from({ length: 32 }, (_, i) => i));
  expect([thresholdRows(Int32Array.of(5, 3, 8)), thresholdRows(new Int32Array(0))]).toEqual([Int32Array.of(5, 3, 8), new Int32Array(0)]);
  expect(thresholdOf(Float64Array.from({ length: 11 }, (_, i) => i))).toEqual({ value: 9, quantile: 0.9, images: 11 });
});
