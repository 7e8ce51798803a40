import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { bestFBeta, type Confusion, confusionAt, diceOf, fBetaOf, iouOf, precisionOf, recallOf } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { confusions } from '../brute-force.ts';
import { references } from '../goldens.ts';

const example: Confusion = { truePositives: 6, falsePositives: 2, falseNegatives: 4, trueNegatives: 88 };

describe('confusionAt', () => {
  test('flags what scores at the threshold or above it', () => {
    const [labels, scores] = [
      [1, 1, 0, 0, 0],
      [3, 1, 2, 2, 1.5],
    ];
    expect(confusionAt(labels, scores, 2)).toEqual({ truePositives: 1, falsePositives: 2, falseNegatives: 1, trueNegatives: 1 });
    expect(confusionAt(labels, scores, 2.1)).toEqual({ truePositives: 1, falsePositives: 0, falseNegatives: 1, trueNegatives: 3 });
    expect(confusionAt(labels, scores, -Infinity)).toEqual({ truePositives: 2, falsePositives: 3, falseNegatives: 0, trueNegatives: 0 });
    expect(confusionAt(labels, scores, Infinity)).toEqual({ truePositives: 0, falsePositives: 0, falseNegatives: 2, trueNegatives: 3 });
  });

  test('-0 reaches a threshold of 0', () => {
    expect(confusionAt([1, 0], [-0, -Number.MIN_VALUE], 0)).toEqual({
      truePositives: 1,
      falsePositives: 0,
      falseNegatives: 0,
      trueNegatives: 1,
    });
  });

  test('reads ndarrays by their own axes', () => {
    const scores = ndarray([1, 2, 3, 4], [2, 2]).transpose(1, 0);
    expect(confusionAt(ndarray([0, 1, 0, 0], [2, 2]), scores, 3).truePositives).toBe(1);
  });

  test('agrees with counts at every distinct score', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        for (const { threshold, tp, fp, fn } of confusions(labels, scores)) {
          expect(confusionAt(labels, scores, threshold)).toEqual({
            truePositives: tp,
            falsePositives: fp,
            falseNegatives: fn,
            trueNegatives: labels.length - tp - fp - fn,
          });
        }
      }),
    );
  });

  test('labels turned over swap what is found with what is falsely found', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: -4, max: 4 }), (all, threshold) => {
        const { labels, scores } = columns(all);
        const there = confusionAt(labels, scores, threshold);
        const turned = labels.map((label) => 1 - label);
        expect(confusionAt(turned, scores, threshold)).toEqual({
          truePositives: there.falsePositives,
          falsePositives: there.truePositives,
          falseNegatives: there.trueNegatives,
          trueNegatives: there.falseNegatives,
        });
      }),
    );
  });

  test.each<[string, unknown[], Error]>([
    ['a threshold of NaN', [[1, 0], [1, 2], Number.NaN], new RangeError('confusionAt: threshold is NaN; pass a number')],
    [
      'no threshold',
      [
        [1, 0],
        [1, 2],
      ],
      new TypeError('confusionAt: threshold is undefined; pass a number'),
    ],
    ['other lengths', [[1, 0], [1, 2, 3], 1], new RangeError('confusionAt: labels are [2], scores [3]; both must be of one shape')],
    ['nothing', [[], [], 1], new RangeError('confusionAt: labels and scores are empty; pass some')],
    [
      'other shapes of one length',
      [ndarray([0, 1, 1, 0, 0, 0], [2, 3]), ndarray([1, 2, 3, 4, 5, 6], [3, 2]), 1],
      new RangeError('confusionAt: labels are [2,3], scores [3,2]; both must be of one shape'),
    ],
    [
      'labels of 255',
      [[0, 255], [1, 2], 1],
      new RangeError('confusionAt: labels[1] is 255; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0'),
    ],
    ['an infinite score', [[0, 1], [1, Infinity], 1], new RangeError('confusionAt: scores[1] is Infinity; it must be a finite number')],
    ['what is no array', [null, [1], 1], new TypeError('confusionAt: labels is null; pass an array, a typed array or an ndarray')],
  ])('refuses %s', (_, args, error) => {
    expect(() => (confusionAt as (...all: unknown[]) => unknown)(...args)).toThrow(error);
  });
});

describe('of a confusion', () => {
  test('precision, recall, F-beta, IoU and Dice are these parts', () => {
    expect(precisionOf(example)).toBe(6 / 8);
    expect(recallOf(example)).toBe(6 / 10);
    expect(fBetaOf(example)).toBe(12 / 18);
    expect(fBetaOf(example, { beta: 2 })).toBe(30 / (30 + 16 + 2));
    expect(iouOf(example)).toBe(6 / 12);
    expect(diceOf(example)).toBe(12 / 18);
  });

  test('F-beta is the weighted harmonic mean of precision and recall', () => {
    const [precision, recall] = [precisionOf(example), recallOf(example)];
    for (const beta of [0.1, 0.5, 1, 3]) {
      expect(fBetaOf(example, { beta })).toBeCloseTo((1 + beta ** 2) / (1 / precision + beta ** 2 / recall), 14);
    }
  });

  test('Dice is 2 IoU / (1 + IoU), and F1', () => {
    expect(diceOf(example)).toBeCloseTo((2 * iouOf(example)) / (1 + iouOf(example)), 15);
    expect(diceOf(example)).toBe(fBetaOf(example));
  });

  test('0 of 0 is undefined, not 0 and not 1', () => {
    const clean = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 9 };
    for (const value of [precisionOf(clean), recallOf(clean), fBetaOf(clean), iouOf(clean), diceOf(clean)]) expect(value).toBeNaN();
    const missed = { ...clean, falseNegatives: 2 };
    expect([precisionOf(missed), recallOf(missed), fBetaOf(missed), iouOf(missed), diceOf(missed)]).toEqual([Number.NaN, 0, 0, 0, 0]);
    const falseAlarm = { ...clean, falsePositives: 2 };
    expect([precisionOf(falseAlarm), recallOf(falseAlarm), iouOf(falseAlarm)]).toEqual([0, Number.NaN, 0]);
  });

  test.each(references.rankings)('agrees with scikit-learn: $name', ({ labels, scores, atThresholds }) => {
    for (const { threshold, confusion, precision, recall, fBeta, iou } of atThresholds) {
      const [trueNegatives, falsePositives, falseNegatives, truePositives] = confusion;
      const counts = confusionAt(labels, scores, threshold);
      expect(counts).toEqual({ truePositives, falsePositives, falseNegatives, trueNegatives });
      const close = (value: number, expected: number | null) => {
        if (expected === null) expect(value).toBeNaN();
        else expect(value).toBeCloseTo(expected, 14);
      };
      close(precisionOf(counts), precision);
      close(recallOf(counts), recall);
      close(iouOf(counts), iou);
      close(diceOf(counts), fBeta['1']);
      for (const [beta, expected] of Object.entries(fBeta)) close(fBetaOf(counts, { beta: Number(beta) }), expected);
    }
  });

  test('bestFBeta is F-beta at its own threshold', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const { fBeta, threshold } = bestFBeta(labels, scores, { beta: 2 });
        expect(fBetaOf(confusionAt(labels, scores, threshold), { beta: 2 })).toBe(fBeta);
      }),
    );
  });

  const functions = { precisionOf, recallOf, fBetaOf, iouOf, diceOf };
  test.each(Object.entries(functions))('%s refuses what is no confusion', (name, metric) => {
    expect(() => metric({ ...example, falseNegatives: -1 })).toThrow(
      new RangeError(`${name}: falseNegatives is -1; it must be finite and not negative`),
    );
    expect(() => metric({ ...example, truePositives: Number.NaN })).toThrow(
      new RangeError(`${name}: truePositives is NaN; it must be finite and not negative`),
    );
    expect(() => metric({ tp: 1 } as never)).toThrow(new TypeError(`${name}: truePositives is undefined; pass what confusionAt gives`));
    expect(() => metric(undefined as never)).toThrow(TypeError);
  });

  test('fBetaOf refuses beta 0', () => {
    expect(() => fBetaOf(example, { beta: 0 })).toThrow(new RangeError('fBetaOf: beta is 0; it must be above 0 and its square finite'));
  });
});
