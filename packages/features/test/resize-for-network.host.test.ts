import { ConfigError } from '@rddpm/core';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { resizerForNetwork } from '../src/index.ts';

const row = (...pixels: number[]) => ndarray(Float32Array.from(pixels), [1, 1, pixels.length, 1]);
const resized = (pixels: number[], width: number) => [...resizerForNetwork({ width, height: 1 })(row(...pixels)).data];

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
  expect(resizerForNetwork({ width: 4, height: 3 })(images)).toEqual({ shape: [2, 3, 4, 3], data: images.data });
  const { data } = resizerForNetwork({ width: 8, height: 6 })(images);
  expect(data).toHaveLength(2 * 6 * 8 * 3);
  expect([...data.subarray(0, 3)]).toEqual([...images.data.subarray(0, 3)]); // a corner is its pixel
});

test('a constant image stays constant at any size', () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(side, side, side, side, fc.float({ min: 0, max: 1, noNaN: true }), (h, w, height, width, value) => {
      const { data } = resizerForNetwork({ width, height })(ndarray(new Float32Array(h * w).fill(value), [1, h, w, 1]));
      expect(data.every((pixel) => Math.abs(pixel - value) < 1e-6)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a size at which a network would take too much memory is refused before it is tried', () => {
  expect(() => resizerForNetwork({ width: 20_000, height: 10_000 })).toThrow(
    /size is 20000x10000, at which a network would hold about 24 GiB of feature maps; it must be at most 4 GiB, which 8192x4096 would take/,
  );
});

test('a size that is none is a ConfigError', () => {
  expect(() => resizerForNetwork({ width: 0, height: 1 })(row(0, 1))).toThrow(ConfigError);
});
