import { imageSet } from '@rddpm/core';
import type { Scorer } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { rateRows } from '../src/index.ts';

/** An item's map is the item; asked of training rows only. */
const scorer: Scorer = {
  async score({ values }, options) {
    const [n, h, w] = values.shape as [number, number, number];
    expect(options?.trainingRows).toHaveLength(n);
    return { maps: ndarray(values.data.slice(), [n, h, w]) };
  },
  dispose() {},
};

/** Images of 2 x 3 pixels with one that is not 0, by its position. */
const ratingOf = (spots: readonly (readonly [at: number, value: number])[], signal?: AbortSignal) => {
  const pixels = new Float32Array(6 * spots.length);
  for (const [i, [at, value]] of spots.entries()) pixels[6 * i + at] = value;
  const set = imageSet(ndarray(pixels, [spots.length, 2, 3, 1]));
  return rateRows({ method: 'toy', scorer, set, smoothing: { sigma: 0, unit: 'pixels' }, signal });
};

async function finished<R>(rating: AsyncGenerator<number, R>): Promise<{ told: number[]; rated: R }> {
  const told: number[] = [];
  let next = await rating.next();
  for (; !next.done; next = await rating.next()) told.push(next.value);
  return { told, rated: next.value };
}

test('suspects what lies three deviations above the median, and says where it is worst', async () => {
  const spots = [1, 2, 3, 4, 5, 6, 7, 8, 16].map((tenths, i) => [i % 6, tenths / 16] as const);
  const { told, rated } = await finished(ratingOf(spots));
  expect(told).toEqual([8, 9]);
  expect([...rated!.scores]).toEqual(spots.map(([, value]) => value));
  expect(rated!.cutoff).toBeCloseTo((5 + 3 * 1.4826 * 2) / 16, 6); // median 5, median absolute deviation 2
  expect([...rated!.kept]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0]);
  expect([...rated!.places!.x]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  expect([...rated!.places!.y]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0]);
});

test('has nothing to say once it is interrupted', async () => {
  expect((await finished(ratingOf([[0, 1]], AbortSignal.abort()))).rated).toBeUndefined();
});
