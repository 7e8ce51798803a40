import { ConfigError } from '@rddpm/core';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { resizeForNetwork } from '../src/index.ts';

const row = (...pixels: number[]) => ndarray(Float32Array.from(pixels), [1, 1, pixels.length, 1]);
const resized = (pixels: number[], width: number) => [...resizeForNetwork(row(...pixels), { width, height: 1 }).data];

test('between centres of pixels it is linear, beyond the outer ones constant', () => {
  expect(resized([0, 1], 4)).toEqual([0, 0.25, 0.75, 1]);
});

test('where it shrinks no pixel is skipped', () => {
  // a triangle of four pixels' width about 0.5: weights 1, 3, 3, 1, of which the first has no pixel
  expect(resized([1, 0, 0, 0], 2)[0]).toBeCloseTo(3 / 7, 6);
  expect(resized([0, 0, 1, 0], 2)[0]).toBeCloseTo(1 / 7, 6);
});

test('an image of the wanted size stays as it is, channels stay apart, each image by itself', () => {
  const images = ndarray(
    Float32Array.from({ length: 2 * 3 * 4 * 3 }, (_, i) => (i % 7) / 7),
    [2, 3, 4, 3],
  );
  expect(resizeForNetwork(images, { width: 4, height: 3 })).toEqual({ shape: [2, 3, 4, 3], data: images.data });
  const { data } = resizeForNetwork(images, { width: 8, height: 6 });
  expect(data).toHaveLength(2 * 6 * 8 * 3);
  expect([...data.subarray(0, 3)]).toEqual([...images.data.subarray(0, 3)]); // a corner is its pixel
});

test('a constant image stays constant at any size', () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(side, side, side, side, fc.float({ min: 0, max: 1, noNaN: true }), (h, w, height, width, value) => {
      const { data } = resizeForNetwork(ndarray(new Float32Array(h * w).fill(value), [1, h, w, 1]), { width, height });
      expect(data.every((pixel) => Math.abs(pixel - value) < 1e-6)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a size that is none is a ConfigError', () => {
  expect(() => resizeForNetwork(row(0, 1), { width: 0, height: 1 })).toThrow(ConfigError);
});
