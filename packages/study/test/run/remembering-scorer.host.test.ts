import type { Batch, Scorer } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { rememberingScorer } from '../../src/run/remembering-scorer.ts';

const images = [
  [1, 2],
  [3, 4],
  [5, 6],
]; // of 1x2 pixels

const batchOf = (rows: readonly number[]): Batch => ({
  values: ndarray(Float32Array.from(rows.flatMap((row) => images[row]!)), [rows.length, 1, 2, 1]),
  valid: ndarray(new Uint8Array(2 * rows.length).fill(1), [rows.length, 1, 2]),
  range: 'real',
});

/** Doubles each pixel, and says how many images it was shown. */
function doubling({ withPictures = false } = {}) {
  const shown: number[] = [];
  const scorer: Scorer = {
    async score({ values, valid }) {
      const [n] = values.shape as [number];
      expect(valid!.shape).toEqual([n, 1, 2]);
      shown.push(n);
      return {
        maps: ndarray(
          values.data.map((value) => 2 * value),
          [n, 1, 2],
        ),
        ...(withPictures && { pictures: { reconstruction: values } }),
      };
    },
    dispose() {},
  };
  return { shown, ...rememberingScorer(scorer) };
}

test('maps of training images are computed once each, and come in the order asked for', async () => {
  const { shown, score } = doubling();
  const ask = async (rows: readonly number[]) => [...(await score(batchOf(rows), { trainingRows: Int32Array.from(rows) })).maps.data];
  expect(await ask([0, 2])).toEqual([2, 4, 10, 12]);
  expect(await ask([2, 1, 0])).toEqual([10, 12, 6, 8, 2, 4]);
  expect(await ask([1, 2])).toEqual([6, 8, 10, 12]);
  expect(shown).toEqual([2, 1]);
});

test('other images, and maps that come with pictures, are computed each time', async () => {
  const plain = doubling();
  for (const _ of [1, 2]) await plain.score(batchOf([0]));
  expect(plain.shown).toEqual([1, 1]);
  const withPictures = doubling({ withPictures: true });
  for (const _ of [1, 2]) expect((await withPictures.score(batchOf([0]), { trainingRows: Int32Array.of(0) })).pictures).toBeDefined();
  expect(withPictures.shown).toEqual([1, 1]);
});
