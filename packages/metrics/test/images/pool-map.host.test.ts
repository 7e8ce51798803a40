import fc from 'fast-check';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { poolMap } from '../../src/index.ts';

const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(-0), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const maps = fc.array(score, { minLength: 1, maxLength: 60 });

test('takes the highest pixel, the mean, or the mean of the highest', () => {
  const map = [1, 8, 3, 4];
  expect(poolMap(map)).toBe(8);
  expect(poolMap(map, { pooling: 'max' })).toBe(8);
  expect(poolMap(map, { pooling: 'mean' })).toBe(4);
  expect(poolMap(map, { pooling: { topK: 2 } })).toBe(6);
  expect(poolMap(map, { pooling: { topK: 3 } })).toBe(5);
});

test('the highest of negative scores is negative', () => {
  expect(poolMap([-3, -1, -2])).toBe(-1);
  expect(poolMap([-3, -1, -2], { pooling: { topK: 2 } })).toBe(-1.5);
});

test('topK of 1 is the maximum, of all pixels the mean', () => {
  fc.assert(
    fc.property(maps, (map) => {
      expect(poolMap(map, { pooling: { topK: 1 } })).toBe(poolMap(map) + 0);
      expect(poolMap(map, { pooling: { topK: map.length } })).toBe(poolMap(map, { pooling: 'mean' }));
    }),
  );
});

test('topK agrees with a sort, and its input stays as it was', () => {
  fc.assert(
    fc.property(
      maps.chain((map) => fc.tuple(fc.constant(map), fc.integer({ min: 1, max: map.length }))),
      ([map, topK]) => {
        const typed = Float64Array.from(map);
        const highest = [...map].sort((a, b) => b - a).slice(0, topK);
        expect(poolMap(typed, { pooling: { topK } })).toBeCloseTo(highest.reduce((sum, value) => sum + value, 0) / topK, 8);
        expect(Array.from(typed)).toEqual(map);
      },
    ),
  );
});

test('topK of a million pixels that rise, fall or tie is that of a sort', () => {
  const rising = Float32Array.from({ length: 2 ** 20 }, (_, i) => i % 70_001);
  const expected =
    rising
      .slice()
      .sort()
      .subarray(-5000)
      .reduce((sum, value) => sum + value, 0) / 5000;
  expect(poolMap(rising, { pooling: { topK: 5000 } })).toBeCloseTo(expected, 9);
  expect(poolMap(rising.slice().sort(), { pooling: { topK: 5000 } })).toBeCloseTo(expected, 9);
  expect(poolMap(rising.slice().sort().reverse(), { pooling: { topK: 5000 } })).toBeCloseTo(expected, 9);
});

test('a mean near the largest float64 does not overflow', () => {
  expect(poolMap([1.5e308, 1.6e308, 1.7e308], { pooling: 'mean' })).toBeCloseTo(1.6e308, -295);
  expect(poolMap([1.5e308, -1, 1.7e308], { pooling: { topK: 2 } })).toBeCloseTo(1.6e308, -295);
});

test('an ndarray is read through its view', () => {
  const map = ndarray(Float32Array.of(9, 1, 2, 9, 3, 4), [2, 3]).lo(0, 1);
  expect(poolMap(map, { pooling: 'mean' })).toBe(2.5);
});

test.each<[string, unknown[], Error]>([
  [
    'another pooling',
    [[1], { pooling: 'median' }],
    new RangeError(`poolMap: pooling is "median"; it must be 'max', 'mean' or { topK: n }`),
  ],
  ['a pooling of null', [[1], { pooling: null }], new RangeError(`poolMap: pooling is null; it must be 'max', 'mean' or { topK: n }`)],
  [
    'a pooling without topK',
    [[1], { pooling: { k: 1 } }],
    new RangeError(`poolMap: pooling is {"k":1}; it must be 'max', 'mean' or { topK: n }`),
  ],
  ['topK 0', [[1], { pooling: { topK: 0 } }], new RangeError('poolMap: topK is 0; it must be a whole number, 1 or more')],
  ['topK 1.5', [[1, 2], { pooling: { topK: 1.5 } }], new RangeError('poolMap: topK is 1.5; it must be a whole number, 1 or more')],
  [
    'more than there are',
    [[1, 2], { pooling: { topK: 3 } }],
    new RangeError('poolMap: map has 2 pixels, and topK is 3; it may be as many at most'),
  ],
  ['no pixels', [[]], new RangeError('poolMap: map is empty; pass some scores')],
  ['NaN', [[1, Number.NaN]], new RangeError('poolMap: map[1] is NaN; it must be a finite number')],
  ['infinity', [Float32Array.of(-Infinity)], new RangeError('poolMap: map[0] is -Infinity; it must be a finite number')],
  ['text', [['1']], new TypeError('poolMap: map[0] is string; it must be a finite number')],
  ['nothing', [undefined], new TypeError('poolMap: map is undefined; pass an array, a typed array or an ndarray')],
])('refuses %s', (_, args, error) => {
  expect(() => (poolMap as (...all: unknown[]) => unknown)(...args)).toThrow(error);
});
