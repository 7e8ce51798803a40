import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auprTrapezoid, averagePrecision } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { joinedPrecision } from '../brute-force.ts';
import { references } from '../goldens.ts';

test('joins (0, 1), (1/2, 1), falls to (1/2, 1/2) and joins (1, 2/3)', () => {
  expect(auprTrapezoid([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBeCloseTo(0.5 + (1 / 2 + 2 / 3) / 4, 15);
});

test('starts at precision 0 where a negative comes first', () => {
  expect(auprTrapezoid([0, 1], [2, 1])).toBe(0.25);
});

test('is halfway between 1 and the part of positives where all scores tie', () => {
  expect(auprTrapezoid([1, 0, 0, 1, 0], [7, 7, 7, 7, 7])).toBeCloseTo(0.7, 15);
});

test('is undefined without positives and 1 without negatives', () => {
  expect(auprTrapezoid([0, 0], [1, 2])).toBeNaN();
  expect(auprTrapezoid([1, 1], [1, 2])).toBe(1);
});

test.each(references.rankings)("agrees with scikit-learn's auc(recall, precision), and is not the average precision: $name", (golden) => {
  const { labels, scores } = golden;
  expect(auprTrapezoid(labels, scores)).toBeCloseTo(golden.auprTrapezoid, 12);
  expect(Math.abs(auprTrapezoid(labels, scores) - averagePrecision(labels, scores))).toBeGreaterThan(1e-4);
});

test('agrees with the lines between the points of all thresholds', () => {
  fc.assert(
    fc.property(pairs, (all) => {
      const { labels, scores } = columns(all);
      expect(auprTrapezoid(labels, scores)).toBeCloseTo(joinedPrecision(labels, scores), 12);
    }),
  );
});
