import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import {
  auPro,
  auSpro,
  collectPositives,
  countNegatives,
  labelComponents,
  mergePositives,
  saturationAreaOf,
  sproCurve,
  streamedAuPro,
  streamedMetrics,
} from '../../src/index.ts';
import { defectImages, scoredImages } from '../arbitraries.ts';
import { areaUpTo, distanceToPath, sweepSpro } from '../brute-force.ts';
import { references } from '../goldens.ts';

// A defect in two parts, of which 2 of 3 pixels are enough; one of a single pixel, which is in both; three normal pixels.
const byHand = {
  map: [9, 8, 7, 6, 5, 4],
  width: 6,
  height: 1,
  defects: [
    { mask: [1, 0, 1, 0, 1, 0], saturationArea: 2 },
    { mask: [0, 0, 1, 0, 0, 0], saturationArea: 1 },
  ],
};

/** Every connected region as a defect of its own. */
const asDefects = ({ map, mask, width, height }: { map: number[]; mask: number[]; width: number; height: number }) => {
  const { labels, count } = labelComponents(mask, width, height);
  const defects = Array.from({ length: count }, (_, region) => {
    const own = Array.from(labels, (label) => Number(label === region + 1));
    return { mask: own, saturationArea: own.filter((value) => value === 1).length };
  });
  return { map, width, height, defects };
};

describe('auSpro', () => {
  test('a defect is whole once its saturation area is flagged', () => {
    // Up to (0, 1/4) at 9, level to 8, up to (1/3, 1) at 7, which is in both defects, level to (1, 1): 5 adds nothing.
    expect(auSpro([byHand], { fprLimit: 1 / 3 })).toBeCloseTo(0.25, 15);
    expect(auSpro([byHand], { fprLimit: 1 })).toBeCloseTo(0.25 / 3 + 2 / 3, 15);
  });

  test('the limit is 0.05 unless told otherwise', () => {
    const tied = { map: [1, 1], width: 2, height: 1, defects: [{ mask: [1, 0], saturationArea: 1 }] };
    expect(auSpro([tied])).toBeCloseTo(0.025, 15);
  });

  test('the last of a saturation area that is no whole number brings the rest', () => {
    const image = { map: [4, 3, 2, 1], width: 4, height: 1, defects: [{ mask: [1, 0, 1, 0], saturationArea: 1.25 }] };
    expect(auSpro([image], { fprLimit: 0.5 })).toBeCloseTo(0.8, 15);
    expect(auSpro([image], { fprLimit: 1 })).toBeCloseTo(0.9, 15);
  });

  test('a pixel in two defects is one anomalous pixel', () => {
    const collector = collectPositives();
    collector.add(byHand);
    expect(collector.finish()).toMatchObject({ images: 1, pixels: 3, regions: { count: 2 } });
  });

  test('is 1 for a perfect map, also where defects touch and overlap', () => {
    const map = [1, 1, 1, 1, 0, 0];
    const defects = [
      { mask: [1, 1, 1, 0, 0, 0], saturationArea: 2 },
      { mask: [0, 0, 1, 1, 0, 0], saturationArea: 1.5 },
    ];
    expect(auSpro([{ map, width: 3, height: 2, defects }])).toBe(1);
  });

  test('is undefined without a defect, and without a normal pixel', () => {
    expect(auSpro([{ ...byHand, defects: [] }])).toBeNaN();
    expect(auSpro([{ map: [1, 2], width: 2, height: 1, defects: [{ mask: [1, 1], saturationArea: 1 }] }])).toBeNaN();
  });

  test.each(references.defectSets)('agrees with a sweep over all thresholds by numpy: $name', ({ images, auSpro: expected }) => {
    for (const [limit, area] of Object.entries(expected)) expect(auSpro(images, { fprLimit: Number(limit) })).toBeCloseTo(area, 12);
  });

  test('agrees with the definition at any limit', () => {
    fc.assert(
      fc.property(defectImages, fc.double({ min: 0.01, max: 1, noNaN: true }), (images, fprLimit) => {
        expect(auSpro(images, { fprLimit })).toBeCloseTo(areaUpTo(sweepSpro(images), fprLimit), 12);
      }),
    );
  });

  test('is AU-PRO where each connected region is a defect and saturates with its last pixel', () => {
    fc.assert(
      fc.property(scoredImages, fc.double({ min: 0.01, max: 1, noNaN: true }), (images, fprLimit) => {
        expect(auSpro(images.map(asDefects), { fprLimit })).toBeCloseTo(auPro(images, { fprLimit }), 12);
      }),
    );
  });

  test('the smaller the saturation area, the higher', () => {
    fc.assert(
      fc.property(defectImages, fc.double({ min: 0.1, max: 1, noNaN: true }), (images, factor) => {
        const shrunk = images.map((image) => ({
          ...image,
          defects: image.defects.map(({ mask, saturationArea }) => ({ mask, saturationArea: factor * saturationArea })),
        }));
        expect(auSpro(shrunk, { fprLimit: 0.5 })).toBeGreaterThan(auSpro(images, { fprLimit: 0.5 }) - 1e-12);
      }),
    );
  });

  test('streams: two passes give the same, in any split', () => {
    fc.assert(
      fc.property(defectImages, fc.nat(3), (images, split) => {
        const parts = [images.slice(0, split), images.slice(split)].map((part) => {
          const collector = collectPositives();
          for (const image of part) collector.add(image);
          return collector.finish();
        });
        const positives = mergePositives(parts);
        const counter = countNegatives(positives);
        for (const image of images) counter.add(image);
        const negatives = counter.finish();
        expect(streamedAuPro(positives, negatives, { fprLimit: 0.05 })).toBeCloseTo(auSpro(images), 12);
        expect(streamedMetrics(positives, negatives).auPro30).toBeCloseTo(auSpro(images, { fprLimit: 0.3 }), 12);
      }),
    );
  });

  test('maps and masks may be ndarrays', () => {
    const view = (values: number[]) => ndarray(Float32Array.from(values), [1, 6]);
    const defects = byHand.defects.map(({ mask, saturationArea }) => ({ mask: view(mask), saturationArea }));
    expect(auSpro([{ ...byHand, map: view(byHand.map), defects }], { fprLimit: 1 })).toBe(auSpro([byHand], { fprLimit: 1 }));
  });
});

describe('sproCurve', () => {
  test('has its corners where overlap or false positive rate turns', () => {
    const curve = sproCurve([byHand]);
    expect(Array.from(curve.thresholds)).toEqual([Infinity, 9, 8, 7, 4]);
    expect(Array.from(curve.falsePositiveRate)).toEqual([0, 0, 1 / 3, 1 / 3, 1]);
    expect(Array.from(curve.saturatedOverlap)).toEqual([0, 0.25, 0.25, 1, 1]);
  });

  test.each(references.defectSets)('numpy finds the same line: $name', ({ images, curve }) => {
    const { falsePositiveRate: x, saturatedOverlap: y } = sproCurve(images);
    curve.fpr.forEach((fpr, k) => {
      expect(distanceToPath(fpr, curve.spro[k]!, x, y)).toBeLessThan(1e-12);
    });
    // numpy's has a point twice where nothing changes.
    const moved = curve.fpr.map((fpr, k) => k === 0 || fpr > curve.fpr[k - 1]! || curve.spro[k]! > curve.spro[k - 1]!);
    const [numpyX, numpyY] = [curve.fpr, curve.spro].map((axis) => axis.filter((_, k) => moved[k]));
    x.forEach((fpr, k) => {
      expect(distanceToPath(fpr, y[k]!, numpyX!, numpyY!)).toBeLessThan(1e-12);
    });
  });

  test('rises from (0, 0) to (1, 1)', () => {
    fc.assert(
      fc.property(defectImages, (images) => {
        const { falsePositiveRate: x, saturatedOverlap: y } = sproCurve(images);
        expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);
        for (const axis of [x, y]) expect(axis.every((value, k) => k === 0 || value >= axis[k - 1]!)).toBe(true);
      }),
    );
  });
});

describe('saturationAreaOf', () => {
  const rules = references.defectSets.flatMap(({ images }) => images.flatMap(({ defects }) => defects));
  test.each(rules)('is $saturationArea for $rule', ({ rule, saturationArea }) => {
    expect(saturationAreaOf(rule.area, rule)).toBe(saturationArea);
  });

  test.each<[number, number, boolean, string]>([
    [0, 1, true, 'area is 0; it must be a whole number above 0'],
    [2.5, 1, true, 'area is 2.5; it must be a whole number above 0'],
    [3, 20, true, 'threshold is 20; it must be above 0 and at most 1, as a part of the area'],
    [3, 0, false, 'threshold is 0; it must be above 0'],
    [3, Number.NaN, false, 'threshold is NaN; it must be above 0'],
  ])('refuses an area of %s with a threshold of %s, relative: %s', (area, threshold, relative, message) => {
    expect(() => saturationAreaOf(area, { threshold, relative })).toThrow(new RangeError(`saturationAreaOf: ${message}`));
  });
});

describe('errors name image and defect', () => {
  const defect = byHand.defects[0]!;
  const saturated = (saturationArea: unknown) => [{ ...byHand, defects: [{ ...defect, saturationArea }] }];
  const masked = (mask: unknown) => [byHand, { ...byHand, defects: [defect, { mask, saturationArea: 1 }] }];
  test.each<[string, unknown, Error]>([
    ['no images', [], new RangeError('auSpro: images is empty; pass some')],
    ['no array', undefined, new TypeError('auSpro: images is undefined; pass an array of { map, width, height, defects }')],
    ['no image', [null], new TypeError('auSpro: images[0] is null; pass { map, width, height, defects }')],
    [
      'a mask for defects',
      [{ map: [1], mask: [0], width: 1, height: 1 }],
      new TypeError('auSpro: images[0].defects is undefined; pass an array of { mask, saturationArea }'),
    ],
    [
      'a mask for a defect',
      [{ ...byHand, defects: [null] }],
      new TypeError('auSpro: images[0].defects[0] is null; pass { mask, saturationArea }'),
    ],
    [
      'an empty defect',
      masked([0, 0, 0, 0, 0, 0]),
      new RangeError('auSpro: images[1].defects[1].mask is 0 everywhere; leave out defects without a pixel'),
    ],
    [
      'a mask of another size',
      masked([1]),
      new RangeError('auSpro: images[1].defects[1].mask is [1]; 6 wide and 1 high needs [1,6], 6 values'),
    ],
    [
      'a mask of 0 and 255',
      masked([0, 255, 0, 0, 0, 0]),
      new RangeError('auSpro: images[1].defects[1].mask at x = 1, y = 0 is 255; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0'),
    ],
    [
      'a score that is not a number, of a good image',
      [byHand, { ...byHand, map: [1, 2, Number.NaN, 4, 5, 6], defects: [] }],
      new RangeError('auSpro: images[1].map at x = 2, y = 0 is NaN; it must be a finite number'),
    ],
    ...[0, 3.5, Number.NaN, undefined].map((area): [string, unknown, Error] => [
      `a saturation area of ${area}`,
      saturated(area),
      new RangeError(`auSpro: images[0].defects[0].saturationArea is ${area}; it must be above 0 and at most the mask's area, 3`),
    ]),
  ])('%s', (_, images, error) => {
    expect(() => auSpro(images as never)).toThrow(error);
  });

  test('also in passes', () => {
    const [image] = saturated(4);
    const right = `must be above 0 and at most the mask's area, 3`;
    expect(() => collectPositives().add(image as never)).toThrow(
      new RangeError(`collectPositives: image 0.defects[0].saturationArea is 4; it ${right}`),
    );
  });

  test.each([0, 1.5])('refuses the limit %s', (fprLimit) => {
    expect(() => auSpro([byHand], { fprLimit })).toThrow(
      new RangeError(`auSpro: fprLimit is ${fprLimit}; it must be above 0 and at most 1`),
    );
  });
});
