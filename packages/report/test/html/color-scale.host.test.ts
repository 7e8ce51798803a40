import { expect, test } from 'vitest';
import { infernoScale, pooledQuantile } from '../../src/html/color-scale.ts';

test('runs from black to light yellow and is clamped at both ends', () => {
  const scale = infernoScale(0, 2);
  expect(scale.rgb(0)).toEqual([0, 0, 4]); // the first and last colour of matplotlib's inferno
  expect(scale.rgb(2)).toEqual([252, 255, 164]);
  expect(scale.rgb(-1)).toEqual(scale.rgb(0));
  expect(scale.rgb(9)).toEqual(scale.rgb(2));
});

test('gets lighter with the value throughout', () => {
  const scale = infernoScale(0, 1);
  const luma = Array.from({ length: 64 }, (_, index) => {
    const [red, green, blue] = scale.rgb(index / 63);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  expect(luma).toEqual([...luma].sort((a, b) => a - b));
});

test('the quantile is over all values together', () => {
  expect(
    pooledQuantile(
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8, 9, 10],
      ],
      0.5,
    ),
  ).toBe(6);
  expect(pooledQuantile([[3], [1]], 0)).toBe(1);
  expect(pooledQuantile([[3], [1]], 1)).toBe(3);
});

test('values that are not finite do not count', () => {
  expect(pooledQuantile([[Number.NaN, 2, Number.POSITIVE_INFINITY]], 1)).toBe(2);
  expect(pooledQuantile([], 0.5)).toBeNaN();
});
