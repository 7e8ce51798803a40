import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rocAuc, rocCurve } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { confusions, distanceToPath, pairwiseAuc } from '../brute-force.ts';
import { references } from '../goldens.ts';

describe('rocAuc', () => {
  test('counts 3 of 4 pairs in the right order', () => {
    expect(rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBe(0.75);
  });

  test('is 1 for a perfect ranking, 0 for its reverse, a half where all scores tie', () => {
    expect(rocAuc([0, 0, 1], [1, 2, 3])).toBe(1);
    expect(rocAuc([1, 1, 0], [1, 2, 3])).toBe(0);
    expect(rocAuc([1, 0, 0, 1, 0], [7, 7, 7, 7, 7])).toBe(0.5);
  });

  test('-0 ties with 0, in float32 and in float64', () => {
    expect(rocAuc([1, 0], [0, -0])).toBe(0.5);
    expect(rocAuc([1, 0], [-0, 0])).toBe(0.5);
    expect(rocAuc([1, 0], Float32Array.of(0, -0))).toBe(0.5);
    expect(rocAuc([1, 0], Float32Array.of(-0, 0))).toBe(0.5);
  });

  test('is undefined where one class is missing', () => {
    expect(rocAuc([0, 0], [1, 2])).toBeNaN();
    expect(rocAuc([1, 1], [1, 2])).toBeNaN();
  });

  test('float64 scores that float32 could not tell apart are told apart', () => {
    expect(rocAuc([0, 1], [1, 1 + 2 ** -50])).toBe(1);
  });

  test.each(references.rankings)('agrees with scikit-learn: $name', ({ labels, scores, auroc }) => {
    expect(rocAuc(labels, scores)).toBeCloseTo(auroc, 12);
  });

  test('agrees with the definition by pairs', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        expect(rocAuc(labels, scores)).toBeCloseTo(pairwiseAuc(labels, scores), 12);
      }),
    );
  });

  test('only the order of scores matters', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const ranks = scores.map((score) => scores.filter((other) => other < score).length);
        expect(rocAuc(labels, ranks)).toBe(rocAuc(labels, scores));
        expect(
          rocAuc(
            labels,
            ranks.map((rank) => Math.exp(rank / 4) - 2),
          ),
        ).toBe(rocAuc(labels, scores));
      }),
    );
  });

  test('the order of pixels does not matter', () => {
    const keyed = pairs.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(keyed, ([all, shuffled]) => {
        expect(rocAuc(columns(shuffled).labels, columns(shuffled).scores)).toBe(rocAuc(columns(all).labels, columns(all).scores));
      }),
    );
  });

  test('labels turned over, or scores, give what is missing to 1', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const missing = 1 - rocAuc(labels, scores);
        const flipped = labels.map((label) => 1 - label);
        const negated = scores.map((score) => -score);
        expect(rocAuc(flipped, scores)).toBeCloseTo(missing, 12);
        expect(rocAuc(labels, negated)).toBeCloseTo(missing, 12);
      }),
    );
  });
});

describe('rocCurve', () => {
  test('goes level through negatives, up through positives, slanting through ties', () => {
    // A tie at 2, two negatives, two positives.
    const curve = rocCurve([1, 0, 0, 0, 1, 1], [2, 2, 1.5, 1.4, 1, 0]);
    expect(Array.from(curve.thresholds)).toEqual([Infinity, 2, 1.4, 0]);
    expect(Array.from(curve.falsePositiveRate)).toEqual([0, 1 / 3, 1, 1]);
    expect(Array.from(curve.truePositiveRate)).toEqual([0, 1 / 3, 1 / 3, 1]);
  });

  test('has NaN for the rate of a class that is missing', () => {
    expect(Array.from(rocCurve([0, 0], [1, 2]).truePositiveRate)).toEqual([Number.NaN, Number.NaN]);
    expect(Array.from(rocCurve([0, 0], [1, 2]).falsePositiveRate)).toEqual([0, 1]);
    expect(Array.from(rocCurve([1, 1], [1, 2]).falsePositiveRate)).toEqual([Number.NaN, Number.NaN]);
    expect(Array.from(rocCurve([1, 1], [1, 2]).truePositiveRate)).toEqual([0, 1]);
  });

  test.each(references.rankings)('each corner is a point of scikit-learn, each of its points is on our lines: $name', (golden) => {
    const curve = rocCurve(golden.labels, golden.scores);
    const [x, y] = [curve.falsePositiveRate, curve.truePositiveRate];
    curve.thresholds.forEach((threshold, k) => {
      const at = threshold === Infinity ? 0 : golden.roc.thresholds.indexOf(threshold);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(x[k]).toBeCloseTo(golden.roc.fpr[at]!, 12);
      expect(y[k]).toBeCloseTo(golden.roc.tpr[at]!, 12);
    });
    golden.roc.fpr.forEach((fpr, at) => {
      expect(distanceToPath(fpr, golden.roc.tpr[at]!, x, y)).toBeLessThan(1e-12);
    });
  });

  test('its trapezoid is the area, its corners are what their thresholds give', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const { falsePositiveRate: x, truePositiveRate: y, thresholds } = rocCurve(labels, scores);
        let area = 0;
        for (let k = 1; k < x.length; k++) area += ((x[k]! - x[k - 1]!) * (y[k]! + y[k - 1]!)) / 2;
        expect(area).toBeCloseTo(rocAuc(labels, scores), 12);
        expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);

        const positives = labels.filter((label) => label === 1).length;
        const counts = confusions(labels, scores);
        for (let k = 1; k < thresholds.length; k++) {
          const there = counts.find(({ threshold }) => threshold === thresholds[k])!;
          expect(x[k]).toBe(there.fp / (labels.length - positives));
          expect(y[k]).toBe(there.tp / positives);
        }
      }),
    );
  });
});
