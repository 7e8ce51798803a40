import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestF1, bestFBeta } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { everyF1, everyFBeta } from '../brute-force.ts';
import { references } from '../goldens.ts';

describe('bestF1', () => {
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
});

describe('bestFBeta', () => {
  test('beta above 1 asks for recall, below 1 for precision', () => {
    // At 3: TP 1, FN 1. At 1: TP 2, FP 2.
    const [labels, scores] = [
      [1, 0, 0, 1],
      [3, 2, 2, 1],
    ];
    expect(bestFBeta(labels, scores, { beta: 2 })).toEqual({ fBeta: 10 / 12, threshold: 1 });
    expect(bestFBeta(labels, scores, { beta: 0.5 })).toEqual({ fBeta: 1.25 / 1.5, threshold: 3 });
  });

  test('is bestF1 by default', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const { f1, threshold } = bestF1(labels, scores);
        expect(bestFBeta(labels, scores)).toEqual({ fBeta: f1, threshold });
      }),
    );
  });

  test('is undefined without positives', () => {
    expect(bestFBeta([0, 0], [1, 2], { beta: 2 })).toEqual({ fBeta: Number.NaN, threshold: Number.NaN });
  });

  test.each(references.rankings)('agrees with scikit-learn: $name', ({ labels, scores, bestFBeta: expected }) => {
    for (const [beta, { value, thresholds }] of Object.entries(expected)) {
      const best = bestFBeta(labels, scores, { beta: Number(beta) });
      expect(best.fBeta).toBeCloseTo(value, 12);
      expect(best.threshold).toBe(thresholds[0]);
    }
  });

  test('is the best of all thresholds', () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 0.01, max: 100, noNaN: true }), (all, beta) => {
        const { labels, scores } = columns(all);
        const expected = everyFBeta(labels, scores, beta);
        const best = bestFBeta(labels, scores, { beta });
        expect(best.fBeta).toBeCloseTo(expected.fBeta, 12);
        expect(expected.thresholds).toContain(best.threshold);
      }),
    );
  });

  test.each([0, -1, Number.NaN, Infinity, 1e200])('refuses beta %s', (beta) => {
    expect(() => bestFBeta([1, 0], [2, 1], { beta })).toThrow(
      new RangeError(`bestFBeta: beta is ${beta}; it must be above 0 and its square finite`),
    );
  });
});
