import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import type { Tally } from '../../src/counting/tally.ts';
import { averagePrecision, bestF1, precisionRecallCurve, rocAuc, rocCurve } from '../../src/index.ts';
import { highestF1 } from '../../src/ranking/best-f-beta.ts';
import { curveOfPrecision, meanPrecision } from '../../src/ranking/precision-recall.ts';
import { areaUnderRoc, curveOfRoc } from '../../src/ranking/roc.ts';
import { areaUnderPro } from '../../src/regions/per-region-overlap.ts';

test('a set repeated until it no longer fits one sorted run scores the same', () => {
  const labels = [0, 1, 0, 0, 1, 0, 0, 0];
  const scores = [0.5, 0.25, 0.25, -1, 3, 2, 0.125, 3];
  const times = 700_000; // 4.20 million negatives; a run holds 4.19 million
  const manyLabels = new Uint8Array(labels.length * times);
  const manyScores = new Float32Array(labels.length * times);
  for (let i = 0; i < manyLabels.length; i++) {
    manyLabels[i] = labels[i % labels.length]!;
    manyScores[i] = scores[i % labels.length]!;
  }
  expect(rocCurve(manyLabels, manyScores)).toEqual(rocCurve(labels, scores));
});

describe.each([
  { positives: 3_000_000, negatives: 100_000_000, thresholds: 200_000 },
  { positives: 50_000_000, negatives: 100_000_000, thresholds: 200_000 },
  { positives: 50_000_000, negatives: 100_000_000, thresholds: 3 },
])('counts of $positives among $negatives pixels at $thresholds scores, against whole numbers of any size', (size) => {
  const counts = largeTally(size);
  const { positives, negatives } = counts;
  const [P, N] = [BigInt(positives), BigInt(negatives)];
  const rows = Array.from(counts.hits, (hits, k) => ({ hits: BigInt(hits), ties: BigInt(counts.ties[k]!), gap: BigInt(counts.gaps[k]!) }));
  const near = (actual: number, exact: number) => expect(Math.abs(actual / exact - 1)).toBeLessThan(1e-12);

  test('all pixels are there', () => {
    expect(rows.reduce((sum, { hits }) => sum + hits, 0n)).toBe(P);
    expect(rows.reduce((sum, { ties, gap }) => sum + ties + gap, BigInt(counts.gaps[rows.length]!))).toBe(N);
  });

  test('the AUROC counts all pairs', () => {
    let below = N;
    let halfWins = 0n;
    for (const { hits, ties, gap } of rows) {
      below -= gap + ties;
      halfWins += hits * (2n * below + ties);
    }
    near(areaUnderRoc(counts), quotient(halfWins, 2n * P * N));
    if (positives === 3_000_000) expect(areaUnderRoc(counts)).toBe(Number(halfWins) / 2 / (positives * negatives)); // under 2^52
  });

  test('average precision, F1 and the ends of the curves', () => {
    let [truePositives, flagged, precision] = [0n, 0n, 0n];
    let best = { numerator: 0n, denominator: 1n, k: -1 };
    rows.forEach(({ hits, ties, gap }, k) => {
      truePositives += hits;
      flagged += hits + ties + gap;
      precision += (hits * truePositives * UNIT) / flagged;
      const [numerator, denominator] = [2n * truePositives, P + flagged];
      if (numerator * best.denominator >= best.numerator * denominator) best = { numerator, denominator, k };
    });
    near(meanPrecision(counts), quotient(precision, P * UNIT));
    const { f1, threshold } = highestF1(counts);
    near(f1, quotient(best.numerator, best.denominator));
    expect(threshold).toBe(counts.thresholds[best.k]);
    near(curveOfPrecision(counts).precision.at(-1)!, quotient(truePositives, flagged));
    const { falsePositiveRate, truePositiveRate } = curveOfRoc(counts);
    expect([falsePositiveRate.at(-1), truePositiveRate.at(-1)]).toEqual([1, 1]);
  });

  test.each([0.05, 0.3, 1])('AU-PRO of one region up to %s', (limit) => {
    const overlaps = Float64Array.from(counts.hits, (hits) => hits / positives);
    const end = (N * BigInt(limit * 100)) / 100n;
    let [seen, found, area] = [0n, 0n, 0n]; // area: twice what it is, in units
    const step = (width: bigint, gain: bigint) => {
      const taken = width < end - seen ? width : end - seen;
      area += 2n * taken * found * UNIT;
      if (gain > 0n && width > 0n) area += (taken * taken * gain * UNIT) / width;
      seen += taken;
      found += gain;
    };
    for (const { hits, ties, gap } of rows) {
      step(gap, 0n);
      step(ties, hits);
    }
    step(BigInt(counts.gaps[rows.length]!), 0n);
    near(areaUnderPro(counts, { count: 1, overlaps }, limit), quotient(area, 2n * end * P * UNIT));
  });
});

const UNIT = 10n ** 30n;

/** To 30 digits, then to float64. */
function quotient(numerator: bigint, denominator: bigint): number {
  return Number((numerator * UNIT) / denominator) / 1e30;
}

/** Pixels dealt out at random, the positives more often to high scores. */
function largeTally({ positives, negatives, thresholds }: { positives: number; negatives: number; thresholds: number }): Tally {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the generator of Numerical Recipes
    return (state + 1) / 2 ** 32;
  };
  /** Whole numbers above 0 with the given sum, in proportion to the weights but for rounding. */
  const deal = (weights: Float64Array, total: number) => {
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const dealt = weights.map((weight) => 1 + Math.floor(((total - weights.length) * weight) / sum));
    dealt[0]! += total - dealt.reduce((all, value) => all + value, 0);
    return dealt;
  };
  const hits = deal(
    Float64Array.from({ length: thresholds }, (_, k) => random() * (1 + (4 * (thresholds - k)) / thresholds)),
    positives,
  );
  const normal = deal(
    Float64Array.from({ length: 2 * thresholds + 1 }, (_, i) => random() * (0.01 + (i / thresholds) ** 3)),
    negatives,
  );
  return {
    positives,
    negatives,
    hits,
    thresholds: Float64Array.from({ length: thresholds }, (_, k) => -k),
    gaps: normal.filter((_, i) => i % 2 === 0),
    ties: normal.filter((_, i) => i % 2 === 1),
    gapFloors: Float64Array.from({ length: thresholds + 1 }, (_, k) => 0.5 - k),
  };
}

const functions = { rocAuc, rocCurve, averagePrecision, precisionRecallCurve, bestF1 };

describe.each(Object.entries(functions))('%s refuses', (name, metric) => {
  test.each<[string, unknown, unknown, Error]>([
    [
      'labels other than 0 and 1',
      [0, 255],
      [1, 2],
      new RangeError(`${name}: labels[1] is 255; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0`),
    ],
    ['NaN', [0, 1, 1], [1, 2, Number.NaN], new RangeError(`${name}: scores[2] is NaN; it must be a finite number`)],
    ['infinity', [0, 1], Float32Array.of(Infinity, 2), new RangeError(`${name}: scores[0] is Infinity; it must be a finite number`)],
    ['other lengths', [0, 1, 1], [1, 2], new RangeError(`${name}: labels are [3], scores [2]; both must be of one shape`)],
    [
      'other shapes of one length',
      ndarray([0, 1, 1, 0, 0, 0], [2, 3]),
      ndarray([1, 2, 3, 4, 5, 6], [3, 2]),
      new RangeError(`${name}: labels are [2,3], scores [3,2]; both must be of one shape`),
    ],
    ['nothing', [], [], new RangeError(`${name}: labels and scores are empty; pass some`)],
    ['what is no array', null, [1], new TypeError(`${name}: labels is null; pass an array, a typed array or an ndarray`)],
    ['a lone number', [1], 1, new TypeError(`${name}: scores is 1; pass an array, a typed array or an ndarray`)],
    [
      'labels that are no numbers',
      [true, false],
      [1, 2],
      new TypeError(`${name}: labels[0] is boolean; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0`),
    ],
    ['scores that are no numbers', [1, 0], ['2', '1'], new TypeError(`${name}: scores[0] is string; it must be a finite number`)],
  ])('%s', (_, labels, scores, error) => {
    expect(() => metric(labels as never, scores as never)).toThrow(error);
  });
});
