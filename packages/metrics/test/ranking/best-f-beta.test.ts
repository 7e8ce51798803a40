import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestF1 } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { everyF1 } from '../brute-force.ts';
import { references } from '../goldens.ts';

test('weighs a missed positive against a false alarm', () => {
  // At 4: TP 1, FN 1, F1 2/3. At 1: TP 2, FP 2, F1 2/3 again.
  expect(bestF1([1, 0, 0, 1], [4, 3, 2, 1])).toEqual({ f1: 2 / 3, threshold: 1 });
  expect(bestF1([0, 1, 1, 0], [4, 3, 2, 1])).toEqual({ f1: 0.8, threshold: 2 });
});

test('is 1 without negatives, at the lowest score', () => {
  expect(bestF1([1, 1], [1, 2])).toEqual({ f1: 1, threshold: 1 });
});

test('is undefined without positives', () => {
  expect(bestF1([0, 0], [1, 2])).toEqual({ f1: Number.NaN, threshold: Number.NaN });
});

test.each(references.rankings)('agrees with scikit-learn: $name', ({ labels, scores, f1Max }) => {
  expect(bestF1(labels, scores).f1).toBeCloseTo(f1Max, 12);
});

test('is the best of all thresholds, and of equals the lowest', () => {
  fc.assert(
    fc.property(pairs, (all) => {
      const { labels, scores } = columns(all);
      expect(bestF1(labels, scores)).toEqual(everyF1(labels, scores));
    }),
  );
});
