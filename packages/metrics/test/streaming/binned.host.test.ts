import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Bins,
  type BinsOptions,
  binnedCurves,
  binnedMetrics,
  countBins,
  mergeBins,
  pixelMetrics,
  precisionRecallCurve,
  proCurve,
  rocCurve,
  type ScoredImage,
} from '../../src/index.ts';
import { goldenImages } from '../goldens.ts';
import { imageSets, splits } from './streams.ts';

function binsOf(images: readonly ScoredImage[], options: BinsOptions): Bins {
  const counter = countBins(options);
  for (const image of images) counter.add(image);
  return counter.finish();
}

/** The lowest score of the bin that a score is of, by looking at all bins. */
function roundDown(score: number, { low, high, bins }: Required<BinsOptions>): number {
  const edges = Array.from({ length: bins }, (_, k) => low + ((high - low) * k) / bins);
  return edges.findLast((edge) => edge <= score) ?? low;
}

const ranges = fc
  .record({
    low: fc.constantFrom(-2, 0, -0.7, 1e-3, -1e300),
    high: fc.constantFrom(2, 0.9, 1, 1e300, 0.3),
    bins: fc.integer({ min: 1, max: 40 }),
  })
  .filter(({ low, high }) => low < high);

test('gives what pixelMetrics gives for scores rounded down to their bin, and the same curves', () => {
  fc.assert(
    fc.property(imageSets, ranges, splits, ({ plain, dressed }, range, split) => {
      const rounded = plain.map((image) => ({ ...image, map: image.map.map((score) => roundDown(score, range)) }));
      const parts = split(dressed).map((part) => structuredClone(binsOf(part, range)));
      const scores = plain.flatMap(({ map }) => map);
      const outside = scores.filter((score) => score < range.low || score > range.high).length;
      const { binned, outside: counted, ...metrics } = binnedMetrics(mergeBins(parts));
      expect([binned, counted]).toEqual([range.bins, outside]);
      for (const [name, value] of Object.entries(pixelMetrics(rounded))) {
        if (Number.isNaN(value)) expect(metrics[name as 'auroc'], name).toBeNaN();
        else expect(metrics[name as 'auroc'], name).toBeCloseTo(value, 12);
      }
      const labels = plain.flatMap(({ mask }) => mask);
      const roundedScores = rounded.flatMap(({ map }) => map);
      const { roc, precisionRecall, pro, ...note } = binnedCurves(mergeBins(parts));
      expect(note).toEqual({ binned, outside });
      expect(roc).toEqual(rocCurve(labels, roundedScores));
      expect(precisionRecall).toEqual(precisionRecallCurve(labels, roundedScores));
      const exact = proCurve(rounded);
      expect([pro.thresholds, pro.falsePositiveRate]).toEqual([exact.thresholds, exact.falsePositiveRate]);
      for (const [k, overlap] of exact.perRegionOverlap.entries()) {
        if (Number.isNaN(overlap)) expect(pro.perRegionOverlap[k]).toBeNaN();
        else expect(pro.perRegionOverlap[k]).toBeCloseTo(overlap, 12);
      }
    }),
    { numRuns: 200 },
  );
});

test('by hand: four bins from 0 to 1, ends included, and what is outside', () => {
  const image = { map: [0, 0.25, 0.49, 1, 1.5, -3, 0.75, 0.5], mask: [0, 1, 0, 1, 0, 0, 0, 0], width: 8, height: 1 };
  const bins = binsOf([image], { low: 0, high: 1, bins: 4 });
  expect(bins).toEqual({
    low: 0,
    high: 1,
    images: 1,
    outside: 2,
    positives: Float64Array.of(0, 1, 0, 1),
    negatives: Float64Array.of(2, 1, 1, 2),
    regions: { count: 2, overlaps: Float64Array.of(0, 1, 0, 1) },
  });
  const { binned, outside, auroc, f1MaxThreshold } = binnedMetrics(bins);
  expect([binned, outside]).toEqual([4, 2]);
  expect(auroc).toBeCloseTo((4 + 2 / 2 + 2 + 1 / 2) / 12, 12);
  expect(f1MaxThreshold).toBe(0.25); // 2 · 2 / (2 + 6) = 1/2; at 0.75 it is 2 / (2 + 3) = 2/5
});

test('an edge is the lowest score of its bin, however it rounds', () => {
  for (const { low, high, bins } of [
    { low: 0.1, high: 0.7, bins: 49 },
    { low: -1 / 3, high: 1e-3, bins: 1000 },
    { low: 1, high: 1 + 2 ** -48, bins: 16 },
  ]) {
    const edges = Array.from({ length: bins }, (_, k) => low + ((high - low) * k) / bins);
    const image = { map: edges, mask: edges.map(() => 0), width: bins, height: 1 };
    expect(Array.from(binsOf([image], { low, high, bins }).negatives)).toEqual(edges.map(() => 1));
  }
});

test('65536 bins come near the exact numbers, and are never above the bound of the AUROC', () => {
  const scores = goldenImages.flatMap(({ map }) => Array.from(map));
  const range = { low: Math.min(...scores), high: Math.max(...scores) };
  const bins = binsOf(goldenImages, range);
  const { binned, outside, ...metrics } = binnedMetrics(bins);
  expect([binned, outside]).toEqual([65_536, 0]);
  const exact = pixelMetrics(goldenImages);
  for (const name of ['auroc', 'averagePrecision', 'auPro30', 'auPro05', 'f1Max'] as const) {
    expect(Math.abs(metrics[name] - exact[name]), name).toBeLessThan(1e-3);
  }
  for (const count of [4, 100, 65_536]) {
    const coarse = binsOf(goldenImages, { ...range, bins: count });
    const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
    const shared = total(coarse.positives.map((positives, k) => positives * coarse.negatives[k]!));
    const bound = shared / total(coarse.positives) / total(coarse.negatives) / 2;
    expect(Math.abs(binnedMetrics(coarse).auroc - exact.auroc)).toBeLessThanOrEqual(bound + 1e-12);
  }
});

test('what was counted so far is a copy, and more may follow', () => {
  const [one, other] = goldenImages;
  const counter = countBins({ low: 0, high: 1 });
  counter.add(one!);
  const before = counter.finish();
  const kept = structuredClone(before);
  counter.add(other!);
  expect(before).toEqual(kept);
  expect(counter.finish()).toEqual(binsOf([one!, other!], { low: 0, high: 1 }));
});

describe('refuses', () => {
  test.each<[string, BinsOptions, string]>([
    ['a range upside down', { low: 1, high: 0 }, 'low is 1 and high 0; both must be finite, and low below high'],
    ['a range without an end', { low: 0, high: Infinity }, 'low is 0 and high Infinity; both must be finite, and low below high'],
    ['NaN', { low: Number.NaN, high: 1 }, 'low is NaN and high 1; both must be finite, and low below high'],
    ['half a bin', { low: 0, high: 1, bins: 0.5 }, 'bins is 0.5; it must be a whole number above 0'],
    ['no bins', { low: 0, high: 1, bins: 0 }, 'bins is 0; it must be a whole number above 0'],
    [
      'bins too narrow for float64',
      { low: 1, high: 1 + 2 ** -50, bins: 8 },
      `no 8 bins fit between low 1 and high ${1 + 2 ** -50} in float64; take fewer or another range`,
    ],
    [
      'a range too wide for float64',
      { low: -1.7e308, high: 1.7e308, bins: 8 },
      'no 8 bins fit between low -1.7e+308 and high 1.7e+308 in float64; take fewer or another range',
    ],
  ])('%s', (_, options, message) => {
    expect(() => countBins(options)).toThrow(new RangeError(`countBins: ${message}`));
  });

  test('a bad image, named, and counts nothing of it', () => {
    const image = { map: [1, 2], mask: [0, 1], width: 2, height: 1 };
    const counter = countBins({ low: 0, high: 1 });
    counter.add(image);
    const before = counter.finish();
    expect(() => counter.add({ ...image, map: [0, Number.NaN] })).toThrow(
      new RangeError('countBins: image 1.map at x = 1, y = 0 is NaN; it must be a finite number'),
    );
    expect(counter.finish()).toEqual(before);
  });

  test('no images, no parts, parts of other bins', () => {
    const none = binsOf([], { low: 0, high: 1, bins: 4 });
    expect(() => binnedMetrics(none)).toThrow(new RangeError('binnedMetrics: there were no images; add some'));
    expect(() => binnedCurves(none)).toThrow(new RangeError('binnedCurves: there were no images; add some'));
    expect(() => mergeBins([])).toThrow(new RangeError('mergeBins: there are no parts; pass some'));
    expect(() => mergeBins([none, binsOf([], { low: 0, high: 2, bins: 4 })])).toThrow(
      new RangeError('mergeBins: one part has bins 4 from 0 to 1, another 4 from 0 to 2; count all with the same'),
    );
  });
});
