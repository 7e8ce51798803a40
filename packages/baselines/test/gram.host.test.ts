import { expectClose } from '@rddpm/conformance';
import { createRng } from '@rddpm/core';
import { expect, test } from 'vitest';
import { combined, gramOf, leadingDirections, leftVectors, type Rows } from '../src/gram.ts';

const random = (count: number, width: number): Rows => {
  const rng = createRng(`${count} x ${width}`);
  return { count, width, data: Float64Array.from({ length: count * width }, () => rng.uniform() - 0.5) };
};

const product = (a: Rows, i: number, b: Rows, j: number) =>
  a.data.subarray(i * a.width, (i + 1) * a.width).reduce((sum, value, k) => sum + value * b.data[j * b.width + k]!, 0);

test.each([
  [1, 3],
  [2, 5000], // more than a tile
  [5, 7],
  [6, 1],
  [7, 2100],
])('products of %i rows of %i numbers are those of each pair', (count, width) => {
  const rows = random(count, width);
  const pairs = Array.from({ length: count * count }, (_, at) => product(rows, Math.floor(at / count), rows, at % count));
  expectClose(gramOf(rows), pairs, 1e-11);
});

test.each([
  [1, 3, 2],
  [3, 5, 4100],
  [2, 8, 7],
])('%i sums of %i rows of %i numbers are what they are one by one', (sums, count, width) => {
  const [weights, rows] = [random(sums, count), random(count, width)];
  const expected = Array.from({ length: sums * width }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights.data[Math.floor(at / width) * count + i]! * rows.data[i * width + (at % width)]!;
    return sum;
  });
  expectClose(combined(weights, rows).data, expected, 1e-12);
});

test('values and vectors on both sides make the rows again', () => {
  const rows = random(4, 9);
  const { values, left } = leftVectors(rows);
  const { directions } = leadingDirections(rows, 9);
  expect(directions.count).toBe(4);
  expect(values).toEqual(values.toSorted().reverse());
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) expect(product(directions, i, directions, j)).toBeCloseTo(i === j ? 1 : 0, 12);
    for (let at = 0; at < 9; at++) {
      const sum = values.reduce((total, value, k) => total + value * left.data[k * 4 + i]! * directions.data[k * 9 + at]!, 0);
      expect(sum).toBeCloseTo(rows.data[i * 9 + at]!, 12);
    }
  }
});

test('rows that say the same have one direction, and rows of nothing have none', () => {
  const twice = { count: 3, width: 2, data: Float64Array.of(1, 2, 2, 4, -1, -2) };
  const { directions, values } = leadingDirections(twice, 2);
  expectClose(
    [...values, Math.abs(directions.data[0]!), Math.abs(directions.data[1]!)],
    [Math.sqrt(30), 1 / Math.sqrt(5), 2 / Math.sqrt(5)],
    1e-12,
  );
  expect(directions.count).toBe(1);
  expect(leadingDirections({ count: 3, width: 2, data: new Float64Array(6) }, 2).directions.count).toBe(0);
});
