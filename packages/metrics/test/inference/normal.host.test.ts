import { expect, test } from 'vitest';
import { twoSidedQuantile, twoSidedTail } from '../../src/inference/normal.ts';
import { references } from '../goldens.ts';

const relative = (value: number, expected: number) => Math.abs(value - expected) / expected;

test.each(references.normal)('agrees with scipy to 12 digits at $z', ({ z, tail }) => {
  expect(relative(twoSidedTail(z), tail)).toBeLessThan(1e-12);
  expect(twoSidedTail(-z)).toBe(twoSidedTail(z));
});

test('is 1 at 0, 0 at infinity, NaN of NaN', () => {
  expect([twoSidedTail(0), twoSidedTail(Infinity), twoSidedTail(-Infinity), twoSidedTail(Number.NaN)]).toEqual([1, 0, 0, Number.NaN]);
  expect(twoSidedTail(100)).toBe(0); // below the least float64
});

test('series and continued fraction meet at 3', () => {
  const slope = -2 * Math.exp(-4.5) * Math.sqrt(1 / (2 * Math.PI));
  const step = 2 ** -40;
  expect(relative(twoSidedTail(3 - step) + slope * step, twoSidedTail(3))).toBeLessThan(1e-12);
});

test.each([1 - 1e-9, 0.9, 0.5, 0.05, 0.001, 1e-12, 2 ** -53, 1e-100, 1e-300])('the quantile of %s is where the tail is that', (tail) => {
  expect(relative(twoSidedTail(twoSidedQuantile(tail)), tail)).toBeLessThan(1e-11);
});

test('the quantile of 1 is 0', () => {
  expect(twoSidedQuantile(1)).toBe(0);
});

test('the quantile of 0.05 is 1.959963984540054', () => {
  expect(twoSidedQuantile(0.05)).toBeCloseTo(1.959963984540054, 14);
});
