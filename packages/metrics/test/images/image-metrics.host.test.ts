import fc from 'fast-check';
import { expect, test } from 'vitest';
import { imageMetrics, type Pooling, poolImages, poolMap, rankingMetrics } from '../../src/index.ts';
import { scoredImages } from '../arbitraries.ts';
import { references } from '../goldens.ts';

const images = [
  { map: [1, 9, 1], mask: [0, 0, 0], width: 3, height: 1 }, // normal, with one loud pixel
  { map: [5, 5, 6, 5], mask: [0, 0, 1, 0], width: 2, height: 2 },
  { map: [2, 2], mask: [0, 0], width: 1, height: 2 },
];
const poolings: Record<'max' | 'mean' | 'top4', Pooling> = { max: 'max', mean: 'mean', top4: { topK: 4 } };

test('the pooling decides whether one loud pixel outranks a defect', () => {
  expect(imageMetrics(images)).toEqual({ auroc: 0.5, averagePrecision: 0.5, f1Max: 2 / 3, f1MaxThreshold: 6, prevalence: 1 / 3 });
  expect(imageMetrics(images, { pooling: 'mean' })).toEqual({
    auroc: 1,
    averagePrecision: 1,
    f1Max: 1,
    f1MaxThreshold: 5.25,
    prevalence: 1 / 3,
  });
});

test('an image is anomalous if any pixel of its mask is', () => {
  expect(poolImages(images, { pooling: { topK: 2 } })).toEqual({ labels: Uint8Array.of(0, 1, 0), scores: Float64Array.of(5, 5.5, 2) });
});

test.each(references.imageSets.flatMap((set) => (['max', 'mean', 'top4'] as const).map((name) => ({ ...set, pooling: name }))))(
  'agrees with numpy and scikit-learn: $name, $pooling',
  ({ images: all, labels, pooling, ...golden }) => {
    const pooled = poolImages(all, { pooling: poolings[pooling] });
    expect(Array.from(pooled.labels)).toEqual(labels);
    golden[pooling].scores.forEach((score, i) => {
      expect(pooled.scores[i]).toBeCloseTo(score, 13);
    });
    const metrics = imageMetrics(all, { pooling: poolings[pooling] });
    expect(metrics.auroc).toBeCloseTo(golden[pooling].auroc, 12);
    expect(metrics.averagePrecision).toBeCloseTo(golden[pooling].averagePrecision, 12);
    expect(metrics.f1Max).toBeCloseTo(golden[pooling].f1Max, 12);
  },
);

test('is the metrics of each map’s pooled score', () => {
  fc.assert(
    fc.property(scoredImages, fc.constantFrom<Pooling>('max', 'mean', { topK: 1 }), (all, pooling) => {
      const labels = all.map(({ mask }) => Math.max(...mask));
      const scores = all.map(({ map }) => poolMap(map, { pooling }));
      expect(imageMetrics(all, { pooling })).toEqual(rankingMetrics(labels, scores));
    }),
  );
});

test('without a defective image all but the prevalence is undefined', () => {
  expect(imageMetrics([images[0]!, images[2]!])).toEqual({
    auroc: Number.NaN,
    averagePrecision: Number.NaN,
    f1Max: Number.NaN,
    f1MaxThreshold: Number.NaN,
    prevalence: 0,
  });
});

test.each(Object.entries({ imageMetrics, poolImages }))('%s names itself, image and pixel in errors', (name, metric) => {
  expect(() => metric([images[0]!, { ...images[1]!, map: [1, 2, 3, Number.NaN] }])).toThrow(
    new RangeError(`${name}: images[1].map at x = 1, y = 1 is NaN; it must be a finite number`),
  );
  expect(() => metric(images, { pooling: { topK: 3 } })).toThrow(
    new RangeError(`${name}: images[2].map has 2 pixels, and topK is 3; it may be as many at most`),
  );
  expect(() => metric(images, { pooling: 'sum' as never })).toThrow(
    new RangeError(`${name}: pooling is "sum"; it must be 'max', 'mean' or { topK: n }`),
  );
  expect(() => metric([])).toThrow(new RangeError(`${name}: images is empty; pass some`));
});
