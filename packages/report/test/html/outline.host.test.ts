import { expect, test } from 'vitest';
import { outlinePath } from '../../src/html/outline.ts';

const positive = (value: number) => value > 0;

test('a region of 2 x 1 pixels has one edge on each side', () => {
  const mask = { width: 4, height: 3, data: [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0] };
  expect(outlinePath(mask, positive)).toBe('M1 1H3M1 2H3M1 1V2M3 1V2');
});

test('a region at the border is closed along it', () => {
  expect(outlinePath({ width: 1, height: 1, data: [1] }, positive)).toBe('M0 0H1M0 1H1M0 0V1M1 0V1');
});

test('a hole is outlined as well', () => {
  const ring = { width: 3, height: 3, data: [1, 1, 1, 1, 0, 1, 1, 1, 1] };
  expect(outlinePath(ring, positive)).toContain('M1 1H2M1 2H2');
});

test('without a region there is nothing to draw', () => {
  expect(outlinePath({ width: 2, height: 1, data: [0, 0] }, positive)).toBe('');
});
