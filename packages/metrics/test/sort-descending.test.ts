import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortDescending } from '../src/sort-descending.ts';

const finite = { noNaN: true, noDefaultInfinity: true };

test('float32 of both signs, of any size, come from high to low', () => {
  const values = Float32Array.of(1, -1, 0, 3.4e38, -3.4e38, 1e-45, -1e-45, 1, 2);
  expect(Array.from(sortDescending(values.slice()))).toEqual(Array.from(values).sort((a, b) => b - a));
});

test('agrees with a sort by comparison', () => {
  fc.assert(
    fc.property(fc.float32Array({ ...finite, maxLength: 200 }), (raw) => {
      const values = raw.map((value) => value + 0);
      expect(Array.from(sortDescending(values.slice()))).toEqual(Array.from(values).sort((a, b) => b - a));
    }),
  );
  fc.assert(
    fc.property(fc.float64Array({ ...finite, maxLength: 200 }), (raw) => {
      const values = raw.map((value) => value + 0);
      expect(Array.from(sortDescending(values.slice()))).toEqual(Array.from(values).sort((a, b) => b - a));
    }),
  );
});

test('a part of a larger buffer is sorted, and the rest is left alone', () => {
  const values = Float32Array.of(9, 1, 2, 3, 9);
  expect(Array.from(sortDescending(values.subarray(1, 4)))).toEqual([3, 2, 1]);
  expect([values[0], values[4]]).toEqual([9, 9]);
});
