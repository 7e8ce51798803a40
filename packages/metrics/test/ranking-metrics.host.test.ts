import fc from 'fast-check';
import { expect, test } from 'vitest';
import { averagePrecision, bestF1, rankingMetrics, rocAuc } from '../src/index.ts';
import { columns, pairs } from './arbitraries.ts';

test('each number is that of its own function', () => {
  fc.assert(
    fc.property(pairs, (all) => {
      const { labels, scores } = columns(all);
      const { f1, threshold } = bestF1(labels, scores);
      expect(rankingMetrics(labels, scores)).toEqual({
        auroc: rocAuc(labels, scores),
        averagePrecision: averagePrecision(labels, scores),
        f1Max: f1,
        f1MaxThreshold: threshold,
        prevalence: labels.filter((label) => label === 1).length / labels.length,
      });
    }),
  );
});

test('without positives only the prevalence is defined, without negatives all but the AUROC', () => {
  const undefinedValues = { auroc: Number.NaN, averagePrecision: Number.NaN, f1Max: Number.NaN, f1MaxThreshold: Number.NaN };
  expect(rankingMetrics([0, 0], [1, 2])).toEqual({ ...undefinedValues, prevalence: 0 });
  expect(rankingMetrics([1, 1], [1, 2])).toEqual({ auroc: Number.NaN, averagePrecision: 1, f1Max: 1, f1MaxThreshold: 1, prevalence: 1 });
});

test('names itself in errors', () => {
  expect(() => rankingMetrics([0, 2], [1, 2])).toThrow(
    new RangeError('rankingMetrics: labels[1] is 2; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0'),
  );
});
