import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auPro, proCurve } from '../../src/index.ts';
import { scoredImages } from '../arbitraries.ts';
import { distanceToPath, sweepPro, sweptAuPro } from '../brute-force.ts';
import { goldenImages, pixelGolden, references } from '../goldens.ts';

// Two regions, one of 1 pixel and one of 2, and four normal pixels.
const byHand = { map: [9, 7, 8, 6, 5, 4, 3], mask: [1, 0, 0, 1, 1, 0, 0], width: 7, height: 1 };

describe('auPro', () => {
  test('averages over regions, not over pixels, and interpolates at the limit', () => {
    // (0, 0) up to (0, 1/2) at 9, level to (1/2, 1/2) at 7, up to (1/2, 1) at 5, level to (1, 1).
    expect(auPro([byHand], { fprLimit: 0.25 })).toBe(0.5);
    expect(auPro([byHand], { fprLimit: 0.75 })).toBeCloseTo((0.5 * 0.5 + 0.25 * 1) / 0.75, 15);
    expect(auPro([byHand], { fprLimit: 1 })).toBe(0.75);
  });

  test('cuts a tie where the limit is', () => {
    // One tie from (0, 0) to (1, 1): the area up to L is L² / 2.
    const tied = { map: [1, 1, 1, 1], mask: [1, 0, 0, 1], width: 2, height: 2 };
    expect(auPro([tied])).toBeCloseTo(0.15, 15);
    expect(auPro([tied], { fprLimit: 0.05 })).toBeCloseTo(0.025, 15);
  });

  test('is exactly 1 for a perfect map, whatever the sizes of the regions', () => {
    const mask = [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0];
    expect(auPro([{ map: mask, mask, width: 17, height: 1 }], { fprLimit: 0.05 })).toBe(1);
  });

  test('normal images count: their pixels are where false alarms are', () => {
    const normal = { map: [10, 0, 0], mask: [0, 0, 0], width: 3, height: 1 };
    expect(auPro([byHand, normal], { fprLimit: 0.1 })).toBeLessThan(auPro([byHand], { fprLimit: 0.1 }));
  });

  test('is undefined without an anomalous pixel, and without a normal one', () => {
    expect(auPro([{ map: [1, 2], mask: [0, 0], width: 2, height: 1 }])).toBeNaN();
    expect(auPro([{ map: [1, 2], mask: [1, 1], width: 2, height: 1 }])).toBeNaN();
  });

  test('agrees with the golden made by scipy', () => {
    expect(auPro(goldenImages)).toBeCloseTo(pixelGolden.expected.aupro30, 12);
    expect(auPro(goldenImages, { fprLimit: 0.05 })).toBeCloseTo(pixelGolden.expected.aupro05, 12);
    expect(auPro(goldenImages, { fprLimit: 1 })).toBeCloseTo(pixelGolden.expected.aupro100, 12);
  });

  test.each(references.regionSets)('agrees with a sweep over all thresholds by numpy: $name', ({ images, auPro: expected }) => {
    for (const limit of ['0.05', '0.3', '1'] as const) expect(auPro(images, { fprLimit: Number(limit) })).toBeCloseTo(expected[limit], 12);
  });

  test('agrees with the definition at any limit', () => {
    fc.assert(
      fc.property(scoredImages, fc.double({ min: 0.01, max: 1, noNaN: true }), (images, fprLimit) => {
        expect(auPro(images, { fprLimit })).toBeCloseTo(sweptAuPro(images, fprLimit), 12);
      }),
    );
  });

  test.each([0, -0.3, 1.5, Number.NaN])('refuses the limit %s', (fprLimit) => {
    expect(() => auPro([byHand], { fprLimit })).toThrow(new RangeError(`auPro: fprLimit is ${fprLimit}; it must be above 0 and at most 1`));
  });
});

describe('proCurve', () => {
  test('has its corners where overlap or false positive rate turns', () => {
    const curve = proCurve([byHand]);
    expect(Array.from(curve.thresholds)).toEqual([Infinity, 9, 7, 5, 3]);
    expect(Array.from(curve.falsePositiveRate)).toEqual([0, 0, 0.5, 0.5, 1]);
    expect(Array.from(curve.perRegionOverlap)).toEqual([0, 0.5, 0.5, 1, 1]);
  });

  test('has NaN overlaps without a region', () => {
    const curve = proCurve([{ map: [1, 2], mask: [0, 0], width: 2, height: 1 }]);
    expect(Array.from(curve.perRegionOverlap)).toEqual([Number.NaN, Number.NaN]);
  });

  test.each(references.regionSets)('numpy finds the same line: $name', ({ images, curve }) => {
    const { falsePositiveRate: x, perRegionOverlap: y } = proCurve(images);
    curve.fpr.forEach((fpr, k) => {
      expect(distanceToPath(fpr, curve.pro[k]!, x, y)).toBeLessThan(1e-12);
    });
    x.forEach((fpr, k) => {
      expect(distanceToPath(fpr, y[k]!, curve.fpr, curve.pro)).toBeLessThan(1e-12);
    });
  });

  test('has all points of the definition on its lines, and ends at (1, 1)', () => {
    fc.assert(
      fc.property(scoredImages, (images) => {
        const { falsePositiveRate: x, perRegionOverlap: y } = proCurve(images);
        const swept = sweepPro(images);
        swept.x.forEach((fpr, k) => {
          expect(distanceToPath(fpr, swept.y[k]!, x, y)).toBeLessThan(1e-12);
        });
        expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);
      }),
    );
  });
});
