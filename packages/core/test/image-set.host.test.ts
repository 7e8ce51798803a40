import { ConfigError, imageSet, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';

/** [3, 2, 2, 1]: image i holds i / 10 + 0, 0.01, 0.02, 0.03. */
const images = ndarray(
  Float32Array.from({ length: 12 }, (_, at) => Math.floor(at / 4) / 10 + (at % 4) / 100),
  [3, 2, 2, 1],
);

test('says how many images there are, and of what shape', () => {
  const { count, shape, range } = imageSet(ndarray(new Float32Array(5 * 8 * 16 * 3), [5, 8, 16, 3]));
  expect([count, shape, range]).toEqual([5, [8, 16, 3], 'pixels']);
});

test('reads the rows that are asked for, in that order, as often as they are', async () => {
  const { values, range, valid } = await imageSet(images).read(Int32Array.of(2, 0, 2));
  expect(values.shape).toEqual([3, 2, 2, 1]);
  expect(values.data).toEqual(Float32Array.of(0.2, 0.21, 0.22, 0.23, 0, 0.01, 0.02, 0.03, 0.2, 0.21, 0.22, 0.23));
  expect([range, valid]).toEqual(['pixels', undefined]);
});

test('reads a view as what it shows', async () => {
  const set = imageSet(images.lo(1, 0, 0, 0).step(1, -1, 1, 1).transpose(0, 2, 1, 3)); // without the first, upside down, turned
  const { values } = await set.read(Int32Array.of(1));
  expect(set.count).toBe(2);
  expect(values.data).toEqual(Float32Array.of(0.22, 0.2, 0.23, 0.21));
});

test('what is read is a copy: changing it leaves the images as they are', async () => {
  const set = imageSet(images);
  (await set.read(Int32Array.of(0))).values.data.fill(1);
  expect((await set.read(Int32Array.of(0))).values.data).toEqual(Float32Array.of(0, 0.01, 0.02, 0.03));
});

test('refuses what are no images at once, and rows that are not there when they are asked for', async () => {
  expect(() => imageSet(ndarray(new Float32Array(6), [2, 3]))).toThrow(ShapeError);
  const bright = ndarray(Float32Array.of(0.5, 1.5), [2, 1, 1, 1]);
  expect(() => imageSet(bright)).toThrow(/^imageSet: images: image 1 has a pixel of 1.5 at row 0, column 0/);
  expect(() => imageSet(bright, 'train: images')).toThrow(/^train: images: image 1/);
  const message = 'imageSet: images has no row 3; rows are from 0 to 2';
  await expect(imageSet(images).read(Int32Array.of(0, 3))).rejects.toThrow(new ConfigError(message));
  await expect(imageSet(images).read(Int32Array.of(-1))).rejects.toThrow('has no row -1');
});
