import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { deLong, deLongTest, rocAuc } from '../../src/index.ts';
import { columns, pairs } from '../arbitraries.ts';
import { structuralComponents } from '../brute-force.ts';
import { references } from '../goldens.ts';

/** Two methods' scores of the same images, two of each class at least. */
const twoMethods = fc
  .array(fc.record({ label: fc.constantFrom(0, 1), a: fc.integer({ min: -3, max: 3 }), b: fc.double({ min: -3, max: 3, noNaN: true }) }), {
    minLength: 4,
    maxLength: 30,
  })
  .filter((all) => [0, 1].every((label) => all.filter((one) => one.label === label).length >= 2))
  .map((all) => ({ labels: all.map(({ label }) => label), a: all.map(({ a }) => a), b: all.map(({ b }) => b) }));

describe('deLong', () => {
  test('by hand: two positives that outscore 2 and 1 of 2 negatives', () => {
    // Parts of wins: positives 1 and 1/2, negatives 1 and 1/2. Both variances are 1/8; over 2 and 2, that is 1/8.
    const { auroc, standardError, low, high } = deLong([1, 1, 0, 0], [4, 2, 3, 1]);
    expect(auroc).toBe(0.75);
    expect(standardError).toBeCloseTo(Math.sqrt(1 / 8), 15);
    expect(low).toBeCloseTo(0.75 - 1.959963984540054 * Math.sqrt(1 / 8), 14);
    expect(high).toBe(1); // cut
  });

  test.each(references.deLong)('agrees with the definition of 1988 in numpy, and with scipy: $name', (golden) => {
    for (const [level, [low, high]] of Object.entries(golden.intervals)) {
      const found = deLong(golden.labels, golden.scoresA, { level: Number(level) });
      expect(found.auroc).toBeCloseTo(golden.auroc, 14);
      expect(found.standardError).toBeCloseTo(golden.standardError, 14);
      expect(found.low).toBeCloseTo(low, 12);
      expect(found.high).toBeCloseTo(high, 12);
    }
  });

  test('agrees with structural components, pair by pair', () => {
    fc.assert(
      fc.property(twoMethods, ({ labels, a }) => {
        const { aurocs, covariance } = structuralComponents(labels, a);
        const { auroc, standardError } = deLong(labels, a);
        expect(auroc).toBeCloseTo(aurocs[0]!, 13);
        expect(standardError ** 2).toBeCloseTo(covariance[0]![0]!, 13);
      }),
    );
  });

  test('its AUROC is rocAuc, and labels turned over leave the error as it is', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const { auroc, standardError } = deLong(labels, scores);
        const turned = deLong(
          labels.map((label) => 1 - label),
          scores,
        );
        expect(auroc).toBe(rocAuc(labels, scores));
        expect(turned.auroc).toBeCloseTo(1 - auroc, 13);
        if (Number.isNaN(standardError)) expect(turned.standardError).toBeNaN();
        else expect(turned.standardError).toBeCloseTo(standardError, 13);
      }),
    );
  });

  test('only the order of scores matters', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { labels, scores } = columns(all);
        const ranks = scores.map((score) => scores.filter((other) => other < score).length * Number.MIN_VALUE);
        expect(deLong(labels, ranks)).toEqual(deLong(labels, scores));
      }),
    );
  });

  test('-0 ties with 0', () => {
    expect(deLong([1, 1, 0, 0], [-0, 1, 0, -0])).toEqual(deLong([1, 1, 0, 0], [0, 1, 0, 0]));
  });

  test('a perfect ranking, and scores that all tie, have no error: the interval is a point', () => {
    expect(deLong([0, 0, 1, 1, 1], [1, 2, 3, 4, 5])).toEqual({ auroc: 1, standardError: 0, low: 1, high: 1 });
    expect(deLong([0, 0, 1, 1, 1], [7, 7, 7, 7, 7])).toEqual({ auroc: 0.5, standardError: 0, low: 0.5, high: 0.5 });
  });

  test('is undefined where a class is missing, and has no error where one has a single member', () => {
    const nothing = { auroc: Number.NaN, standardError: Number.NaN, low: Number.NaN, high: Number.NaN };
    expect(deLong([0, 0], [1, 2])).toEqual(nothing);
    expect(deLong([1, 1], [1, 2])).toEqual(nothing);
    expect(deLong([1, 0, 0], [2, 1, 3])).toEqual({ ...nothing, auroc: 0.5 });
    expect(deLong([1, 1, 0], [2, 1, 0])).toEqual({ ...nothing, auroc: 1 });
  });

  test.each([0, 1, 95, Number.NaN])('refuses the level %s', (level) => {
    expect(() => deLong([0, 1], [1, 2], { level })).toThrow(new RangeError(`deLong: level is ${level}; it must be above 0 and below 1`));
  });

  test('refuses labels and scores that no metric takes', () => {
    expect(() => deLong([0, 1], [1, Number.NaN])).toThrow(new RangeError('deLong: scores[1] is NaN; it must be a finite number'));
    expect(() => deLong([0, 1], [1])).toThrow(new RangeError('deLong: labels are [2], scores [1]; both must be of one shape'));
  });
});

describe('deLongTest', () => {
  test.each(references.deLong)('agrees with the definition of 1988 in numpy, and with scipy: $name', (golden) => {
    const { aurocB, difference, standardError, z, pValue } = golden.test;
    const found = deLongTest(golden.labels, golden.scoresA, golden.scoresB);
    expect(found.aurocA).toBeCloseTo(golden.auroc, 14);
    expect(found.aurocB).toBeCloseTo(aurocB, 14);
    expect(found.difference).toBeCloseTo(difference, 14);
    expect(found.standardError).toBeCloseTo(standardError, 14);
    expect(found.z).toBeCloseTo(z, 10);
    expect(found.pValue / pValue).toBeCloseTo(1, 9); // z of 11 has its rounding times 11
  });

  test('agrees with structural components, pair by pair', () => {
    fc.assert(
      fc.property(twoMethods, ({ labels, a, b }) => {
        const { aurocs, covariance } = structuralComponents(labels, a, b);
        const { difference, standardError } = deLongTest(labels, a, b);
        expect(difference).toBeCloseTo(aurocs[0]! - aurocs[1]!, 13);
        expect(standardError ** 2).toBeCloseTo(covariance[0]![0]! + covariance[1]![1]! - 2 * covariance[0]![1]!, 13);
      }),
    );
  });

  test('methods swapped turn the sign and nothing else', () => {
    fc.assert(
      fc.property(twoMethods, ({ labels, a, b }) => {
        const there = deLongTest(labels, a, b);
        const back = deLongTest(labels, b, a);
        expect(back).toEqual({
          aurocA: there.aurocB,
          aurocB: there.aurocA,
          difference: 0 - there.difference,
          standardError: there.standardError,
          z: there.z === 0 ? 0 : -there.z,
          pValue: there.pValue,
        });
      }),
    );
  });

  test('ranked the same, or better by as much for every image, z and p-value are undefined', () => {
    expect(deLongTest([0, 1, 0, 1], [1, 3, 2, 1], [10, 30, 20, 10])).toEqual({
      aurocA: 0.625,
      aurocB: 0.625,
      difference: 0,
      standardError: 0,
      z: Number.NaN,
      pValue: Number.NaN,
    });
    expect(deLongTest([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1])).toEqual({
      aurocA: 1,
      aurocB: 0,
      difference: 1,
      standardError: 0,
      z: Number.NaN,
      pValue: Number.NaN,
    });
  });

  test('has no error where a class has a single member', () => {
    const { difference, standardError, z, pValue } = deLongTest([1, 0, 0], [2, 1, 3], [3, 2, 1]);
    expect([difference, standardError, z, pValue]).toEqual([-0.5, Number.NaN, Number.NaN, Number.NaN]);
  });

  test('says which scores are wrong', () => {
    expect(() => deLongTest([0, 1], [1, 2], [1, Infinity])).toThrow(
      new RangeError('deLongTest: scoresB[1] is Infinity; it must be a finite number'),
    );
    expect(() => deLongTest([0, 1], [1, 2, 3], [1, 2])).toThrow(
      new RangeError('deLongTest: labels are [2], scoresA [3]; both must be of one shape'),
    );
    expect(() => deLongTest([], [], [])).toThrow(new RangeError('deLongTest: labels and scoresA are empty; pass some'));
    expect(() => deLongTest([0, 1], ndarray([1, 2], [2]), undefined as never)).toThrow(
      new TypeError('deLongTest: scoresB is undefined; pass an array, a typed array or an ndarray'),
    );
  });
});
