import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  auPro,
  pixelMetrics,
  precisionRecallCurve,
  proCurve,
  rocCurve,
  streamedAuPro,
  streamedCurves,
  streamedMetrics,
} from '../../src/index.ts';
import { everyF1, pairwiseAuc, steppedPrecision, sweptAuPro } from '../brute-force.ts';
import { goldenImages, pixelGolden } from '../goldens.ts';
import { collect, count, imageSets, passes, splits } from './streams.ts';

/** NaN is close to NaN only. */
function expectClose(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    if (Number.isNaN(value)) expect(actual[name], name).toBeNaN();
    else expect(Math.abs(actual[name]! - value), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
  }
}

describe('streamedMetrics', () => {
  test('is pixelMetrics for any split over parts, another in the second pass, any order, any kinds of array', () => {
    fc.assert(
      fc.property(imageSets, splits, splits, ({ dressed }, first, second) => {
        expectClose(streamedMetrics(...passes(first(dressed), second(dressed))), pixelMetrics(dressed));
      }),
      { numRuns: 100 },
    );
  });

  test('agrees with the definitions', () => {
    fc.assert(
      fc.property(imageSets, splits, splits, ({ plain, dressed }, first, second) => {
        const labels = plain.flatMap(({ mask }) => mask);
        const scores = plain.flatMap(({ map }) => map);
        fc.pre(new Set(labels).size === 2);
        const { f1, threshold } = everyF1(labels, scores);
        expectClose(streamedMetrics(...passes(first(dressed), second(dressed))), {
          auroc: pairwiseAuc(labels, scores),
          averagePrecision: steppedPrecision(labels, scores),
          auPro30: sweptAuPro(plain, 0.3),
          auPro05: sweptAuPro(plain, 0.05),
          auPimo: Number.NaN, // of few pixels
          f1Max: f1,
          prevalence: labels.filter((label) => label === 1).length / labels.length,
          f1MaxThreshold: threshold,
        });
      }),
    );
  });

  test('agrees with scikit-learn, each image a part of its own', () => {
    const { expected } = pixelGolden;
    const metrics = streamedMetrics(...passes(goldenImages.map((image) => [image])));
    expect(metrics.auroc).toBeCloseTo(expected.auroc, 12);
    expect(metrics.averagePrecision).toBeCloseTo(expected.ap, 12);
    expect(metrics.auPro30).toBeCloseTo(expected.aupro30, 12);
    expect(metrics.auPro05).toBeCloseTo(expected.aupro05, 12);
    expect(metrics.f1Max).toBeCloseTo(expected.f1max, 12);
    expect(metrics.f1MaxThreshold).toBe(expected.f1thr);
  });

  test('does without regions, all but AU-PRO', () => {
    const [positives, negatives] = passes([goldenImages], [goldenImages], { regions: false });
    expect(positives.regions).toBeUndefined();
    expect(streamedMetrics(positives, negatives)).toEqual({ ...pixelMetrics(goldenImages), auPro30: Number.NaN, auPro05: Number.NaN });
  });

  test('without an anomalous pixel all but the prevalence is undefined', () => {
    const { prevalence, ...rest } = streamedMetrics(...passes([[{ map: [1, 2], mask: [0, 0], width: 2, height: 1 }]]));
    expect(prevalence).toBe(0);
    for (const value of Object.values(rest)) expect(value).toBeNaN();
  });
});

describe('streamedAuPro', () => {
  test('is auPro at any limit', () => {
    const limit = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(imageSets, splits, limit, ({ dressed }, split, fprLimit) => {
        const streamed = streamedAuPro(...passes(split(dressed)), { fprLimit });
        expectClose({ streamed }, { streamed: auPro(dressed, { fprLimit }) });
      }),
    );
    expect(streamedAuPro(...passes([goldenImages]))).toBeCloseTo(pixelGolden.expected.aupro30, 12);
  });

  test('refuses a limit out of range, and positives without regions', () => {
    const [positives, negatives] = passes([goldenImages], [goldenImages], { regions: false });
    expect(() => streamedAuPro(positives, negatives, { fprLimit: 2 })).toThrow(
      new RangeError('streamedAuPro: fprLimit is 2; it must be above 0 and at most 1'),
    );
    expect(() => streamedAuPro(positives, negatives)).toThrow(
      new RangeError('streamedAuPro: the positives were collected without regions; leave out regions: false'),
    );
    expect(() => streamedCurves(positives, negatives)).toThrow(
      new RangeError('streamedCurves: the positives were collected without regions; leave out regions: false'),
    );
  });
});

test('streamedCurves has the corners of rocCurve, precisionRecallCurve and proCurve', () => {
  fc.assert(
    fc.property(imageSets, splits, splits, ({ plain, dressed }, first, second) => {
      const labels = plain.flatMap(({ mask }) => mask);
      const scores = plain.flatMap(({ map }) => map);
      const { roc, precisionRecall, pro } = streamedCurves(...passes(first(dressed), second(dressed)));
      expect(roc).toEqual(rocCurve(labels, scores));
      expect(precisionRecall).toEqual(precisionRecallCurve(labels, scores));
      const expected = proCurve(dressed);
      expect(pro.thresholds).toEqual(expected.thresholds);
      expect(pro.falsePositiveRate).toEqual(expected.falsePositiveRate);
      expectClose(Object.fromEntries(pro.perRegionOverlap.entries()), Object.fromEntries(expected.perRegionOverlap.entries()));
    }),
    { numRuns: 50 },
  );
});

describe('refuses passes that do not belong together', () => {
  const image = (map: number[]) => ({ map, mask: [1, 0, 0], width: 3, height: 1 });
  const [one, other] = [image([3, 1, 2]), image([5, 4, 6])];
  const both = collect([one, other]);

  test.each([streamedMetrics, streamedAuPro, streamedCurves])('%o', (streamed) => {
    const { name } = streamed;
    expect(() => streamed(both, count([one], both))).toThrow(
      new RangeError(`${name}: the first pass saw 2 images with 2 anomalous pixels, the second 1 with 1; both must see the same images`),
    );
    const blank = { ...one, mask: [0, 0, 0] };
    expect(() => streamed(both, count([one, blank], both))).toThrow(
      new RangeError(`${name}: the first pass saw 2 images with 2 anomalous pixels, the second 2 with 1; both must see the same images`),
    );
    const mixedUp = new RangeError(
      `${name}: the negatives were counted with other positives; pass countNegatives those of all images, merged`,
    );
    expect(() => streamed(both, count([one, other], collect([one])))).toThrow(mixedUp);
    expect(() => streamed(both, count([one, other], collect([one, image([4, 1, 2])])))).toThrow(mixedUp);
    expect(() => streamed(collect([]), count([], collect([])))).toThrow(
      new RangeError(`${name}: there were no images; add some to both passes`),
    );
  });
});
