import '@rddpm/conformance'; // the backend that toNetwork needs
import { ConfigError, createRng, imageSet, ShapeError, toNetwork } from '@rddpm/core';
import type { Batch, TrainingSet } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { networkImages } from '../src/network-images.ts';

const set = (batch: Partial<Batch>, changes: Partial<TrainingSet> = {}): TrainingSet => ({
  count: 5,
  shape: [1, 2, 2],
  range: 'pixels',
  read: async () => ({ values: ndarray(Float32Array.of(0, 0.5, 1, 0.25), [1, 1, 2, 2]), range: 'pixels', ...batch }),
  ...changes,
});
const read = (from: TrainingSet) => networkImages('train: images', from).read(Int32Array.of(3));

test('pixels become [-1, 1], real values stay what they are', async () => {
  expect(await read(set({}))).toEqual(Float32Array.of(-1, 0, 1, -0.5));
  const values = ndarray(Float32Array.of(-7.1, 1e30, -0, 0.25), [1, 1, 2, 2]);
  expect(await read(set({ values, range: 'real' }, { range: 'real' }))).toEqual(values.data);
});

test('pixels are to the bit what toNetwork makes of them', async () => {
  const pixels = Float32Array.from({ length: 3 * 4 * 6 * 2 }, createRng(5).uniform);
  const images = ndarray(pixels, [3, 4, 6, 2]).transpose(0, 2, 1, 3);
  const tensor = toNetwork(images);
  const expected = await tensor.data();
  tensor.dispose();
  const rows = Int32Array.of(0, 1, 2);
  expect(await networkImages('train: images', images).read(rows)).toEqual(expected);
  const turned: TrainingSet = { ...imageSet(images), read: async () => ({ values: images, range: 'pixels' }) };
  expect(await networkImages('train: images', turned).read(rows)).toEqual(expected); // a view is read as what it shows
});

test('a set is asked for its rows as it is: one that is an object of a class keeps its this', async () => {
  class Constant implements TrainingSet {
    readonly count = 2;
    readonly shape = [1, 1, 1] as const;
    readonly range = 'real';
    readonly value = 3;
    async read(rows: Int32Array): Promise<Batch> {
      return { values: ndarray(new Float32Array(rows.length).fill(this.value), [rows.length, 1, 1, 1]), range: 'real' };
    }
  }
  expect(await networkImages('train: images', new Constant()).read(Int32Array.of(0, 1))).toEqual(Float32Array.of(3, 3));
});

test.each([
  [{ count: 0 }, ConfigError, 'train: images.count is 0; it must be a whole number of at least 1'],
  [{ shape: [4, 4] as never }, ShapeError, 'train: images.shape is [4,4]; it must be [h, w, c] of at least 1 each'],
  [{ shape: [4, 0, 1] }, ShapeError, 'train: images.shape is [4,0,1]; it must be [h, w, c] of at least 1 each'],
  [{ range: 'bytes' as never }, ConfigError, "train: images.range is 'bytes'; it must be one of pixels, real"],
] as const)('refuses a set with %o at once', (changes, kind, message) => {
  expect(() => networkImages('train: images', set({}, changes))).toThrow(new kind(message));
});

const pixels = (...data: number[]) => ({ values: ndarray(Float32Array.from(data), [1, 1, 2, 2]) });

test.each([
  [{ values: ndarray(new Float32Array(8), [2, 1, 2, 2]) }, ShapeError, 'read of 1 rows returned [2,1,2,2]; it must be [1,1,2,2]'],
  [{ values: ndarray(new Float32Array(4), [1, 2, 1, 2]) }, ShapeError, 'read of 1 rows returned [1,2,1,2]; it must be [1,1,2,2]'],
  [{ range: 'real' }, ConfigError, "read returned values of range 'real'; the set's is 'pixels'"],
  [pixels(0, 0, 1.5, 0), ConfigError, 'row 3 has a pixel of 1.5 at y 0, x 1; pixels must be in [0, 1]'],
  [pixels(0, -0.5, 0, 0), ConfigError, 'row 3 has a pixel of -0.5 at y 0, x 0; pixels must be in [0, 1]'],
  [pixels(0, 0, 0, Number.NaN), ConfigError, 'row 3 has a pixel of NaN at y 0, x 1; pixels must be in [0, 1]'],
] as const)('refuses what a set should not have read, and names the row: %#', async (batch, kind, message) => {
  await expect(read(set(batch as Partial<Batch>))).rejects.toThrow(new kind(`train: images: ${message}`));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses a real value of %s', async (value) => {
  const real = set({ ...pixels(0, 9, 0, value), range: 'real' }, { range: 'real' });
  const message = `train: images: row 3 has a value of ${value} at y 0, x 1; values must be finite`;
  await expect(read(real)).rejects.toThrow(new ConfigError(message));
});
