import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tally } from '../../src/counting/tally.ts';
import { auprTrapezoid, averagePrecision, bestFBeta, mcClishAuc, partialAuc, rocAuc, type Values } from '../../src/index.ts';
import { areaUnderLinearPr } from '../../src/ranking/aupr-trapezoid.ts';
import { highestFBeta } from '../../src/ranking/best-f-beta.ts';
import { partialAreaUnderRoc } from '../../src/ranking/partial-auc.ts';
import { meanPrecision } from '../../src/ranking/precision-recall.ts';
import { areaUnderRoc } from '../../src/ranking/roc.ts';
import { columns, pairs } from '../arbitraries.ts';

const metrics: Record<string, (labels: Values, scores: Values) => number> = {
  rocAuc,
  averagePrecision,
  auprTrapezoid,
  partialAuc: (labels, scores) => partialAuc(labels, scores, { maxFpr: 0.3 }),
  mcClishAuc: (labels, scores) => mcClishAuc(labels, scores, { maxFpr: 0.3 }),
  bestFBeta: (labels, scores) => bestFBeta(labels, scores, { beta: 2 }).fBeta,
};

describe.each(Object.entries(metrics))('%s', (_, metric) => {
  test('neither scales of scores nor the order of pixels matter', () => {
    const shuffledPairs = pairs.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffledPairs, ([all, shuffled]) => {
        const { labels, scores } = columns(all);
        const ranks = scores.map((score) => scores.filter((other) => other < score).length);
        const expected = metric(labels, scores);
        const monotone = [
          (rank: number) => Math.exp(rank / 4) - 2,
          (rank: number) => rank * Number.MIN_VALUE,
          (rank: number) => rank * 4e306,
        ];
        for (const map of monotone) expect(metric(labels, ranks.map(map))).toBe(expected);
        expect(metric(columns(shuffled).labels, columns(shuffled).scores)).toBe(expected);
      }),
    );
  });

  test('-0 ties with 0', () => {
    expect(metric([1, 0, 1, 0], [0, -0, -0, 0])).toBe(metric([1, 0, 1, 0], [0, 0, 0, 0]));
  });

  test('float32 gives what the same numbers give as float64', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const narrow = Float32Array.from(scores, (score) => Math.max(-1e30, Math.min(1e30, score)));
        expect(metric(Uint8Array.from(labels), narrow)).toBe(metric(labels, Float64Array.from(narrow)));
      }),
    );
  });

  test('everything twice changes nothing but rounding', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        expect(metric([...labels, ...labels], [...scores, ...scores])).toBeCloseTo(metric(labels, scores), 12);
      }),
    );
  });
});

test('a tally with weights is that of pixels repeated, and a weight of 0 is no pixel', () => {
  const weighted = pairs.chain((all) =>
    fc.tuple(fc.constant(all), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: all.length, maxLength: all.length })),
  );
  fc.assert(
    fc.property(weighted, ([all, weights]) => {
      const repeated = columns(all.flatMap((pair, i) => Array.from({ length: weights[i]! }, () => pair)));
      fc.pre(repeated.labels.length > 0);
      const { labels, scores } = columns(all);
      const counts = tally('test', labels, scores);
      const sum = (label: number, among: (score: number) => boolean) =>
        weights.reduce((total, weight, i) => total + (labels[i] === label && among(scores[i]!) ? weight : 0), 0);
      const bounds = [Infinity, ...Array.from(counts.thresholds), -Infinity];
      const replicate = {
        ...counts,
        positives: sum(1, () => true),
        negatives: sum(0, () => true),
        hits: Array.from(counts.hits, (_, k) => sum(1, (score) => score === bounds[k + 1])),
        ties: Array.from(counts.ties, (_, k) => sum(0, (score) => score === bounds[k + 1])),
        gaps: Array.from(counts.gaps, (_, k) => sum(0, (score) => score < bounds[k]! && score > bounds[k + 1]!)),
      };
      const expected = tally('test', repeated.labels, repeated.scores);
      expect(areaUnderRoc(replicate)).toBe(areaUnderRoc(expected));
      expect(meanPrecision(replicate)).toBe(meanPrecision(expected));
      expect(areaUnderLinearPr(replicate)).toBe(areaUnderLinearPr(expected));
      expect(highestFBeta(replicate, 2)).toEqual(highestFBeta(expected, 2));
      const part = partialAreaUnderRoc(expected, 0.3);
      if (Number.isNaN(part)) expect(partialAreaUnderRoc(replicate, 0.3)).toBeNaN();
      else expect(partialAreaUnderRoc(replicate, 0.3)).toBeCloseTo(part, 12);
    }),
  );
});
