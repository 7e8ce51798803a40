import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confusionAt, diceOf, fBetaOf, iouOf, precisionOf, recallOf, segmentationAt } from '../../src/index.ts';
import { scoredImages } from '../arbitraries.ts';
import { references } from '../goldens.ts';

// A large defect that is found, a small one that is missed, a normal image without and one with a false alarm.
const images = [
  { map: [9, 9, 9, 0], mask: [1, 1, 1, 0], width: 4, height: 1 },
  { map: [0, 0, 0, 0], mask: [0, 0, 1, 0], width: 2, height: 2 },
  { map: [0, 1], mask: [0, 0], width: 2, height: 1 },
  { map: [0, 9], mask: [0, 0], width: 2, height: 1 },
];

test('pooled weighs by pixels, the mean by images, and says of how many', () => {
  const { pooled, means } = segmentationAt(images, 5);
  expect(pooled.confusion).toEqual({ truePositives: 3, falsePositives: 1, falseNegatives: 1, trueNegatives: 7 });
  expect([pooled.precision, pooled.recall, pooled.iou, pooled.dice]).toEqual([3 / 4, 3 / 4, 3 / 5, 3 / 4]);
  expect(means.recall).toEqual({ mean: 1 / 2, images: 2 });
  expect(means.precision).toEqual({ mean: 1 / 2, images: 2 });
  expect(means.iou).toEqual({ mean: 1 / 3, images: 3 });
  expect(means.dice).toEqual({ mean: 1 / 3, images: 3 });
  expect(means.fBeta).toEqual({ mean: 1 / 3, images: 3 });
});

test('a normal image has no IoU where nothing is flagged, and 0 where something is', () => {
  const { perImage } = segmentationAt(images, 5);
  expect(perImage.map(({ iou }) => iou)).toEqual([1, 0, Number.NaN, 0]);
});

test('a mean of no images is NaN of 0', () => {
  expect(segmentationAt([images[2]!], 5).means.iou).toEqual({ mean: Number.NaN, images: 0 });
});

test.each(references.regionSets)('agrees with scikit-learn, pooled and per image: $name', (golden) => {
  for (const { pooled, perImage } of golden.segmentations) {
    for (const beta of ['0.5', '1', '2'] as const) {
      const found = segmentationAt(golden.images, pooled.threshold, { beta: Number(beta) });
      expect(found.perImage).toHaveLength(perImage.length);
      [found.pooled, ...found.perImage].forEach((ours, i) => {
        const theirs = [pooled, ...perImage][i]!;
        const { trueNegatives, falsePositives, falseNegatives, truePositives } = ours.confusion;
        expect([trueNegatives, falsePositives, falseNegatives, truePositives]).toEqual(theirs.confusion);
        const close = (value: number, expected: number | null) => {
          if (expected === null) expect(value).toBeNaN();
          else expect(value).toBeCloseTo(expected, 14);
        };
        close(ours.precision, theirs.precision);
        close(ours.recall, theirs.recall);
        close(ours.iou, theirs.iou);
        close(ours.fBeta, theirs.fBeta[beta]);
        close(ours.dice, theirs.fBeta['1']);
      });
    }
  }
});

test('each value is that of its own function on those pixels', () => {
  fc.assert(
    fc.property(scoredImages, fc.integer({ min: -4, max: 4 }), (all, threshold) => {
      const { pooled, perImage } = segmentationAt(all, threshold, { beta: 3 });
      const parts = [...all, { mask: all.flatMap(({ mask }) => mask), map: all.flatMap(({ map }) => map) }];
      const expected = parts.map(({ mask, map }) => {
        const confusion = confusionAt(mask, map, threshold);
        const [precision, recall, iou, dice] = [precisionOf, recallOf, iouOf, diceOf].map((metric) => metric(confusion));
        return { confusion, precision, recall, fBeta: fBetaOf(confusion, { beta: 3 }), iou, dice };
      });
      expect([...perImage, pooled]).toEqual(expected);
    }),
  );
});

test.each<[string, unknown[], Error]>([
  ['a threshold of NaN', [images, Number.NaN], new RangeError('segmentationAt: threshold is NaN; pass a number')],
  ['no threshold', [images], new TypeError('segmentationAt: threshold is undefined; pass a number')],
  ['beta 0', [images, 5, { beta: 0 }], new RangeError('segmentationAt: beta is 0; it must be above 0 and its square finite')],
  ['no images', [[], 5], new RangeError('segmentationAt: images is empty; pass some')],
  [
    'a map of another size',
    [[{ ...images[0], map: [1] }], 5],
    new RangeError('segmentationAt: images[0].map is [1]; 4 wide and 1 high needs [1,4], 4 values'),
  ],
])('refuses %s', (_, args, error) => {
  expect(() => (segmentationAt as (...all: unknown[]) => unknown)(...args)).toThrow(error);
});
