import { ConfigError } from '@rddpm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CUTOFF_RULES, cutoffOf } from '../src/index.ts';

const leftOut = (scores: readonly number[], rule: Parameters<typeof cutoffOf>[1]) => {
  const cutoff = cutoffOf(Float64Array.from(scores), rule);
  return scores.filter((score) => score > cutoff);
};

describe('by hand', () => {
  const scores = [5, 1, 2, 3, 4, 100, 6, 90];

  test('a share keeps that share of the lowest scores', () => {
    expect(leftOut(scores, 0.75)).toEqual([100, 90]);
    expect(leftOut(scores, 1)).toEqual([]);
    expect(leftOut(scores, 0.01)).toHaveLength(7); // at least one is kept
    expect(
      cutoffOf(
        Float64Array.from({ length: 100 }, (_, i) => i),
        0.29,
      ),
    ).toBe(28); // 0.29 · 100 is 28.999… in binary
  });

  test('mad: the median is 4.5, the absolute deviations have the median 2, so it cuts at 4.5 + 3 · 1.4826 · 2', () => {
    expect(cutoffOf(Float64Array.from(scores), 'mad')).toBeCloseTo(4.5 + 3 * 1.4826 * 2, 12);
    expect(cutoffOf(Float64Array.from(scores), 'mad', { deviations: 2.5 })).toBeCloseTo(4.5 + 2.5 * 1.4826 * 2, 12);
  });

  test('gap: the widest one above the median', () => {
    expect(leftOut([0, 50, 51, 52, 60, 61], 'gap')).toEqual([60, 61]);
  });

  test('otsu: the two groups that vary least in themselves', () => {
    expect(leftOut([1, 2, 3, 4, 10, 11], 'otsu')).toEqual([10, 11]);
  });
});

test('otsu is the best of all cuts that keep half, by brute force', () => {
  const variance = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const scores = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 3, maxLength: 30 });
  fc.assert(
    fc.property(scores, (scores) => {
      const sorted = scores.toSorted((a, b) => a - b);
      const within = (kept: number) => variance(sorted.slice(0, kept)) + variance(sorted.slice(kept));
      const cuts = sorted.map((_, i) => i).slice(Math.ceil(sorted.length / 2));
      const kept = scores.length - leftOut(scores, 'otsu').length;
      expect(within(kept)).toBeCloseTo(Math.min(...cuts.map(within)), 4);
    }),
  );
});

test.each(CUTOFF_RULES)('%s keeps at least half, whatever the scores, and does not mind their order or unit', (rule) => {
  const scores = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(scores, (scores) => {
      const out = leftOut(scores, rule);
      expect(out.length).toBeLessThanOrEqual(scores.length / 2);
      expect(leftOut(scores.toReversed(), rule).toSorted()).toEqual(out.toSorted());
      expect(
        leftOut(
          scores.map((score) => 4 * score),
          rule,
        ),
      ).toEqual(out.map((score) => 4 * score)); // 4: exact in binary
    }),
  );
});

test.each(CUTOFF_RULES)('%s finds the tenth that lies far off', (rule) => {
  const scores = Array.from({ length: 100 }, (_, i) => (i < 10 ? 50 + 0.3 * i : 3 + Math.sin(i)));
  expect(leftOut(scores, rule)).toEqual(scores.slice(0, 10));
});

test('equal scores are all kept', () => {
  for (const rule of CUTOFF_RULES) expect(leftOut([2, 2, 2, 2], rule)).toEqual([]);
});

test.each([0, -0.1, 1.01, Number.NaN])('refuses to keep %d', (share) => {
  expect(() => cutoffOf(Float64Array.of(1, 2), share)).toThrow(
    new ConfigError(`cutoffOf: keep is ${share}; it must be above 0 and at most 1`),
  );
});

test('refuses deviations that would cut at the median or below', () => {
  expect(() => cutoffOf(Float64Array.of(1, 2), 'mad', { deviations: 0 })).toThrow(/^cutoffOf: deviations is 0/);
});

test('refuses no scores', () => {
  for (const rule of [...CUTOFF_RULES, 0.5]) expect(() => cutoffOf(new Float64Array(0), rule)).toThrow(/^cutoffOf: scores is empty/);
});
