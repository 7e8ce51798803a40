import type { Region } from '@rddpm/core/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest, resample } from '../src/resample.ts';

/** A picture of 13x9 that has no regularity at the scale of a pixel. */
const PICTURE = {
  width: 13,
  height: 9,
  channels: 1,
  data: Float32Array.from({ length: 117 }, (_, at) => {
    const [x, y] = [at % 13, Math.floor(at / 13)];
    return (7 * y * y + 13 * x + 5 * x * y) % 256;
  }),
} as const;
const ALL: Region = { x: 0, y: 0, width: 13, height: 9 };

const resized = (source: Region, width: number, height: number) => [...resample(PICTURE, source, { width, height }, 1)];
const sums = (values: number[]) => [values.reduce((a, b) => a + b, 0), values.reduce((sum, value, i) => sum + i * value, 0)];

describe('resample gives the numbers of Pillow', () => {
  // Image.fromarray(picture).resize((width, height), Image.BILINEAR) of Pillow 12, floats
  test('reduced', () => {
    const expected = [
      26.8857, 66.2623, 111.4571, 145.7913, 148.2419, 91.6699, 141.2868, 135.6272, 111.9387, 122.2, 158.8179, 133.5957, 136.561, 114.3614,
      125.9594, 146.7486, 130.0632, 150.1673, 115.9368, 99.2514,
    ];
    for (const [i, value] of resized(ALL, 5, 4).entries()) expect(value).toBeCloseTo(expected[i]!, 3);
  });

  test('a part of it', () => {
    const expected = [94.8571, 138.1943, 148.2743, 116.2078, 156.6684, 127.0659, 112.6447, 124.139, 135.6623, 140.1257, 128.1371, 108.3636];
    for (const [i, value] of resized({ x: 2, y: 1, width: 10, height: 7 }, 4, 3).entries()) expect(value).toBeCloseTo(expected[i]!, 3);
  });

  test('enlarged, and reduced in one direction', () => {
    const [sum, moment] = sums(resized(ALL, 26, 20));
    expect(sum).toBeCloseTo(62586.3, 1);
    expect(moment! / 17304240.657).toBeCloseTo(1, 6);
    expect(sums(resized(ALL, 3, 9))[0]).toBeCloseTo(3252.365, 2);
  });

  test('at the same size, the picture', () => {
    expect(resized(ALL, 13, 9)).toEqual([...PICTURE.data]);
  });
});

test('resample weighs each pixel by a triangle, whatever the sizes', () => {
  const side = fc.integer({ min: 1, max: 24 });
  /** How much pixel `k` of `from` counts for pixel `at` of `to`, before the sum is made one. */
  const weight = (k: number, at: number, from: number, to: number) =>
    Math.max(0, 1 - Math.abs(k + 0.5 - ((at + 0.5) * from) / to) / Math.max(1, from / to));
  fc.assert(
    fc.property(side, side, side, side, (width, height, w, h) => {
      const data = Float32Array.from({ length: width * height }, (_, i) => Math.sin(7 * i * i));
      const found = resample({ width, height, channels: 1, data }, { x: 0, y: 0, width, height }, { width: w, height: h }, 1);
      for (let at = 0; at < w * h; at++) {
        let [sum, total] = [0, 0];
        for (let i = 0; i < data.length; i++) {
          const share = weight(i % width, at % w, width, w) * weight(Math.floor(i / width), Math.floor(at / w), height, h);
          sum += share * data[i]!;
          total += share;
        }
        expect(found[at]).toBeCloseTo(sum / total, 5);
      }
    }),
  );
});

test('resample takes each channel for itself, and leaves out those that are not wanted', () => {
  const { width, height, data } = PICTURE;
  const four = Uint8Array.from({ length: 4 * data.length }, (_, i) =>
    i % 4 === 3 ? 255 : (data[Math.floor(i / 4)]! + 80 * (i % 4)) % 256,
  );
  const colours = resample({ width, height, channels: 4, data: four }, ALL, { width: 5, height: 4 }, 3);
  for (const channel of [0, 1, 2]) {
    const plane = { width, height, channels: 1, data: Uint8Array.from(data, (value) => (value + 80 * channel) % 256) } as const;
    const alone = resample(plane, ALL, { width: 5, height: 4 }, 1);
    expect([...colours].filter((_, i) => i % 3 === channel)).toEqual([...alone]);
  }
});

test('nearest takes the pixel at the middle of each new one', () => {
  const data = Uint8Array.from({ length: 12 }, (_, i) => i); // 4x3
  expect([...nearest(data, 4, { x: 0, y: 0, width: 4, height: 3 }, { width: 2, height: 3 })]).toEqual([1, 3, 5, 7, 9, 11]);
  expect([...nearest(data, 4, { x: 1, y: 1, width: 2, height: 2 }, { width: 4, height: 2 })]).toEqual([5, 5, 6, 6, 9, 9, 10, 10]);
});
