import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mcClishAuc, partialAuc, rocAuc } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { sweptPartialAuc } from '../brute-force.ts';
import { references } from '../goldens.ts';

const limits = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('partialAuc', () => {
  test('cuts a level line and a slanting one where the limit is', () => {
    // Up to (0, 1/2), level to (1/2, 1/2), slanting through the tie to (1, 1).
    const [labels, scores] = [
      [1, 0, 1, 0],
      [4, 3, 2, 2],
    ];
    expect(partialAuc(labels, scores, { maxFpr: 0.25 })).toBe(0.5);
    expect(partialAuc(labels, scores, { maxFpr: 0.5 })).toBe(0.5);
    expect(partialAuc(labels, scores, { maxFpr: 0.75 })).toBeCloseTo((0.5 * 0.5 + 0.25 * 0.625) / 0.75, 15);
    expect(partialAuc(labels, scores, { maxFpr: 1 })).toBe(0.625);
  });

  test('chance, where all scores tie, is half the limit', () => {
    expect(partialAuc([1, 0, 0, 1], [7, 7, 7, 7], { maxFpr: 0.3 })).toBeCloseTo(0.15, 15);
  });

  test('is 1 for a perfect ranking, at any limit', () => {
    expect(partialAuc([0, 1, 0, 1, 1], [1, 5, 2, 3, 4], { maxFpr: 0.01 })).toBe(1);
  });

  test.each(references.rankings)(
    "agrees with the trapezoid under scikit-learn's curve: $name",
    ({ labels, scores, partialAuc: expected }) => {
      for (const [maxFpr, { area }] of Object.entries(expected)) {
        expect(partialAuc(labels, scores, { maxFpr: Number(maxFpr) })).toBeCloseTo(area, 12);
      }
    },
  );

  test('agrees with the sweep over all thresholds at any limit', () => {
    fc.assert(
      fc.property(pairs, limits, (all, maxFpr) => {
        const { labels, scores } = columns(all);
        expect(partialAuc(labels, scores, { maxFpr })).toBeCloseTo(sweptPartialAuc(labels, scores, maxFpr) / maxFpr, 12);
      }),
    );
  });
});

describe('mcClishAuc', () => {
  test('is a half for chance, whatever the limit', () => {
    for (const maxFpr of [0.01, 0.3, 1]) expect(mcClishAuc([1, 0, 0, 1], [7, 7, 7, 7], { maxFpr })).toBeCloseTo(0.5, 15);
  });

  test('is 1 for a perfect ranking, (1 - L) / (2 - L) for its reverse', () => {
    expect(mcClishAuc([0, 0, 1], [1, 2, 3], { maxFpr: 0.4 })).toBe(1);
    expect(mcClishAuc([1, 1, 0], [1, 2, 3], { maxFpr: 0.4 })).toBeCloseTo(0.6 / 1.6, 15);
  });

  test.each(references.rankings)("agrees with scikit-learn's max_fpr: $name", ({ labels, scores, partialAuc: expected }) => {
    for (const [maxFpr, { mcClish }] of Object.entries(expected)) {
      expect(mcClishAuc(labels, scores, { maxFpr: Number(maxFpr) })).toBeCloseTo(mcClish, 12);
    }
  });

  test('agrees with its formula at any limit', () => {
    fc.assert(
      fc.property(pairs, limits, (all, maxFpr) => {
        const { labels, scores } = columns(all);
        const [area, min, max] = [sweptPartialAuc(labels, scores, maxFpr), maxFpr ** 2 / 2, maxFpr];
        expect(mcClishAuc(labels, scores, { maxFpr })).toBeCloseTo(0.5 * (1 + (area - min) / (max - min)), 12);
      }),
    );
  });
});

describe.each(Object.entries({ partialAuc, mcClishAuc }))('%s', (name, metric) => {
  test('is the AUROC at a limit of 1', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        expect(metric(labels, scores, { maxFpr: 1 })).toBeCloseTo(rocAuc(labels, scores), 12);
      }),
    );
  });

  test('is undefined where one class is missing', () => {
    expect(metric([0, 0], [1, 2], { maxFpr: 0.3 })).toBeNaN();
    expect(metric([1, 1], [1, 2], { maxFpr: 0.3 })).toBeNaN();
  });

  test.each([0, -0.1, 1.01, Number.NaN, undefined, '0.3', null])('refuses the limit %s', (maxFpr) => {
    expect(() => metric([0, 1], [1, 2], { maxFpr: maxFpr as never })).toThrow(
      new RangeError(`${name}: maxFpr is ${maxFpr}; it must be above 0 and at most 1`),
    );
  });

  test('refuses to guess a limit', () => {
    expect(() => (metric as (...args: unknown[]) => number)([0, 1], [1, 2])).toThrow(
      new RangeError(`${name}: maxFpr is undefined; it must be above 0 and at most 1`),
    );
  });
});
