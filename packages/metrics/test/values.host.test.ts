import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { toRow, type Values } from '../src/values.ts';

const row = (values: Values) => Array.from(toRow('test: values', values).data);
const counted = ndarray(
  Float32Array.from({ length: 24 }, (_, i) => i),
  [2, 3, 4],
);

test('plain and typed arrays are read in place', () => {
  const values = Float32Array.of(1, 2, 3);
  expect(toRow('test: values', values).data).toBe(values);
  expect(row([3, 2, 1])).toEqual([3, 2, 1]);
});

test('a view that lies in a row is read in place, from its offset', () => {
  const { data } = toRow('test: values', counted.pick(1));
  expect(Array.from(data)).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
  expect((data as Float32Array).buffer).toBe(counted.data.buffer);
});

test.each([
  ['transposed', counted.transpose(2, 0, 1)],
  ['backwards', counted.step(-1, 1, -1)],
  ['every other', counted.step(1, 2, 2)],
  ['cut out', counted.lo(0, 1, 1).hi(2, 2, 2)],
  ['one column', counted.pick(1, null, 2)],
  ['on plain numbers', ndarray([1, 2, 3, 4, 5, 6], [2, 3]).transpose(1, 0)],
])('a view is read in row-major order of its own axes: %s', (_, view) => {
  const expected: number[] = [];
  const visit = (at: number[]) => {
    if (at.length === view.shape.length) expected.push(view.get(...at) as number);
    else for (let i = 0; i < view.shape[at.length]!; i++) visit([...at, i]);
  };
  visit([]);
  expect(row(view)).toEqual(expected);
});

test('axes of length 1 are left out of the shape', () => {
  expect(toRow('test: values', ndarray(new Uint8Array(6), [1, 2, 3, 1])).shape).toEqual([2, 3]);
});
