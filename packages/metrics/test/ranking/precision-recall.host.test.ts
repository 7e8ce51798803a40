import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, precisionRecallCurve } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { steppedPrecision } from '../brute-force.ts';
import { references } from '../goldens.ts';

describe('averagePrecision', () => {
  test('is half of 1 and half of 2/3 where a negative comes second of three', () => {
    expect(averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBeCloseTo(1 / 2 + 1 / 3, 15);
  });

  test('is the part of positives where all scores tie', () => {
    expect(averagePrecision([1, 0, 0, 1, 0], [7, 7, 7, 7, 7])).toBe(0.4);
  });

  test('is undefined without positives and 1 without negatives', () => {
    expect(averagePrecision([0, 0], [1, 2])).toBeNaN();
    expect(averagePrecision([1, 1], [1, 2])).toBe(1);
  });

  test.each(references.rankings)('agrees with scikit-learn: $name', (golden) => {
    expect(averagePrecision(golden.labels, golden.scores)).toBeCloseTo(golden.averagePrecision, 12);
  });

  test('agrees with the sum over all thresholds', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        expect(averagePrecision(labels, scores)).toBeCloseTo(steppedPrecision(labels, scores), 12);
      }),
    );
  });

  test('a negative below all positives changes nothing', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all.map(({ label, score }) => ({ label, score: Math.max(score, -1e300) })));
        expect(averagePrecision([...labels, 0], [...scores, -1e301])).toBe(averagePrecision(labels, scores));
      }),
    );
  });
});

describe('precisionRecallCurve', () => {
  test('has a point for each distinct score of a positive', () => {
    const curve = precisionRecallCurve([1, 0, 1, 0, 1, 0], [4, 3, 2, 2, 2, 1]);
    expect(Array.from(curve.thresholds)).toEqual([4, 2]);
    expect(Array.from(curve.precision)).toEqual([1, 3 / 5]);
    expect(Array.from(curve.recall)).toEqual([1 / 3, 1]);
  });

  test('is empty without positives', () => {
    expect(precisionRecallCurve([0, 0], [1, 2]).recall).toHaveLength(0);
  });

  test.each(references.rankings)('agrees with scikit-learn wherever recall rises: $name', (golden) => {
    const curve = precisionRecallCurve(golden.labels, golden.scores);
    const { precision, recall, thresholds } = golden.precisionRecall; // of rising thresholds, falling recall
    const rises = thresholds.map((_, i) => i).filter((i) => recall[i]! > (recall[i + 1] ?? 0));
    expect(Array.from(curve.thresholds)).toEqual(rises.map((i) => thresholds[i]! + 0).reverse());
    rises.reverse().forEach((i, k) => {
      expect(curve.precision[k]).toBeCloseTo(precision[i]!, 12);
      expect(curve.recall[k]).toBeCloseTo(recall[i]!, 12);
    });
  });

  test('its steps add up to the average precision', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const { precision, recall } = precisionRecallCurve(labels, scores);
        const sum = precision.reduce((total, value, k) => total + value * (recall[k]! - (recall[k - 1] ?? 0)), 0);
        expect(sum).toBeCloseTo(averagePrecision(labels, scores), 12);
      }),
    );
  });
});
