import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import {
  auPimo,
  auPro,
  averagePrecision,
  bestF1,
  chooseLevels,
  countLevels,
  labelComponents,
  pixelMetrics,
  proCurve,
  rocAuc,
  sproCurve,
  streamedMetrics,
} from '../src/index.ts';
import { weighPixels } from '../src/inference/levels.ts';
import { scoredImages } from './arbitraries.ts';
import { goldenImages, pixelGolden, references } from './goldens.ts';
import { passes } from './streaming/streams.ts';

test('agrees with the golden made by scikit-learn and scipy', () => {
  const { expected } = pixelGolden;
  const metrics = pixelMetrics(goldenImages);
  expect(metrics.auroc).toBeCloseTo(expected.auroc, 12);
  expect(metrics.averagePrecision).toBeCloseTo(expected.ap, 12);
  expect(metrics.auPro30).toBeCloseTo(expected.aupro30, 12);
  expect(metrics.auPro05).toBeCloseTo(expected.aupro05, 12);
  expect(metrics.f1Max).toBeCloseTo(expected.f1max, 12);
  expect(metrics.f1MaxThreshold).toBe(expected.f1thr);
  const regions = goldenImages.map(({ mask, width, height }) => labelComponents(mask, width, height).count);
  expect(regions.reduce((sum, count) => sum + count)).toBe(expected.regions);
});

test.each(references.regionSets)('agrees with scikit-learn and numpy: $name', (golden) => {
  const metrics = pixelMetrics(golden.images);
  expect(metrics.auroc).toBeCloseTo(golden.auroc, 12);
  expect(metrics.averagePrecision).toBeCloseTo(golden.averagePrecision, 12);
  expect(metrics.auPro30).toBeCloseTo(golden.auPro['0.3'], 12);
  expect(metrics.auPro05).toBeCloseTo(golden.auPro['0.05'], 12);
});

test('each number is that of its own function on all pixels', () => {
  fc.assert(
    fc.property(scoredImages, (images) => {
      const labels = images.flatMap(({ mask }) => mask);
      const scores = images.flatMap(({ map }) => map);
      const { f1, threshold } = bestF1(labels, scores);
      expect(pixelMetrics(images)).toEqual({
        auroc: rocAuc(labels, scores),
        averagePrecision: averagePrecision(labels, scores),
        auPro30: auPro(images),
        auPro05: auPro(images, { fprLimit: 0.05 }),
        auPimo: auPimo(images).mean,
        f1Max: f1,
        f1MaxThreshold: threshold,
        prevalence: labels.filter((label) => label === 1).length / labels.length,
      });
    }),
  );
});

test('AUPIMO is the mean of auPimo, where there are normal pixels enough', () => {
  const image = (scores: readonly number[], mask: readonly number[]) => {
    const map = new Float32Array(400 * 260);
    map.set(scores);
    return { map, mask: Uint8Array.from(map, (_, i) => mask[i] ?? 0), width: 400, height: 260 };
  };
  const images = [image([5, 4, 3, 3, 2, 1], []), image([6, 4], [1, 1]), image([3, 2, 1], [1, 1, 1])];
  const { mean } = auPimo(images);
  expect(mean).toBeGreaterThan(0.5);
  expect(pixelMetrics(images).auPimo).toBe(mean);
  expect(streamedMetrics(...passes(images.map((one) => [one]))).auPimo).toBeCloseTo(mean, 12);
  const levels = chooseLevels(passes(images.map((one) => [one]))[0], { levels: 10 });
  const weighed = weighPixels(images.map((image) => countLevels(image, levels)));
  const drawn = [images[0]!, images[0]!, images[2]!, images[1]!, images[1]!, images[1]!];
  expect(weighed([2, 3, 1]).auPimo).toBeCloseTo(auPimo(drawn).mean, 12);
  expect(weighed([0, 1, 1]).auPimo).toBeNaN();
});

test('regions that are known count, connected or not', () => {
  const map = [9, 8.5, 8, 2, 7, 3];
  const mask = [1, 0, 1, 0, 1, 0];
  const image = { map, mask, width: 6, height: 1 };
  const defect = (places: number[]) => ({ mask: map.map((_, i) => (places.includes(i) ? 1 : 0)), saturationArea: places.length });
  const annotated = { map, width: 6, height: 1, defects: [defect([0, 4]), defect([2])] };
  const known = { ...image, regions: [7, 0, 2, 0, 7, 0] };
  expect(proCurve([known]).perRegionOverlap).toEqual(sproCurve([annotated]).saturatedOverlap);
  expect(proCurve([known]).perRegionOverlap).not.toEqual(proCurve([image]).perRegionOverlap);
});

test('float32, float64 and plain numbers give the same, alone and mixed', () => {
  const expected = pixelMetrics(goldenImages);
  const wide = goldenImages.map((image) => ({ ...image, map: Float64Array.from(image.map) }));
  expect(pixelMetrics(wide)).toEqual(expected);
  expect(pixelMetrics(wide.map((image, i) => (i % 2 ? image : { ...image, map: Array.from(image.map) })))).toEqual(expected);
  expect(pixelMetrics(goldenImages.map((image, i) => (i % 2 ? image : wide[i]!)))).toEqual(expected);
});

test('ndarray views give the same as rows', () => {
  const { W, H } = pixelGolden;
  const maps = ndarray(Float32Array.from(pixelGolden.scores.flat()), [goldenImages.length, H, W]);
  const masks = ndarray(Uint8Array.from(pixelGolden.masks.flat()), [goldenImages.length, H, W, 1]);
  const views = goldenImages.map((_, i) => ({ map: maps.pick(i), mask: masks.pick(i), width: W, height: H }));
  expect(pixelMetrics(views)).toEqual(pixelMetrics(goldenImages));
});

test('the input stays as it was', () => {
  const map = Float32Array.of(3, 1, 2, -0);
  const mask = Uint8Array.of(1, 0, 1, 0);
  pixelMetrics([{ map, mask, width: 2, height: 2 }]);
  expect(Array.from(map)).toEqual([3, 1, 2, -0]);
  expect(Array.from(mask)).toEqual([1, 0, 1, 0]);
});

test('without an anomalous pixel all but the prevalence is undefined', () => {
  const { prevalence, ...rest } = pixelMetrics([{ map: [1, 2], mask: [0, 0], width: 2, height: 1 }]);
  expect(prevalence).toBe(0);
  for (const value of Object.values(rest)) expect(value).toBeNaN();
});

describe('errors name image and pixel', () => {
  const image = { map: [1, 2, 3, 4, 5, 6], mask: [0, 0, 0, 1, 1, 0], width: 3, height: 2 };
  test.each<[string, unknown, Error]>([
    ['no images', [], new RangeError('pixelMetrics: images is empty; pass some')],
    ['no array', undefined, new TypeError('pixelMetrics: images is undefined; pass an array of { map, mask, width, height }')],
    [
      'a score that is not a number',
      [image, { ...image, map: [1, 2, 3, 4, Number.NaN, 6] }],
      new RangeError('pixelMetrics: images[1].map at x = 1, y = 1 is NaN; it must be a finite number'),
    ],
    [
      'an infinite score',
      [{ ...image, map: [1, 2, -Infinity, 4, 5, 6] }],
      new RangeError('pixelMetrics: images[0].map at x = 2, y = 0 is -Infinity; it must be a finite number'),
    ],
    [
      'a mask of 0 and 255',
      [{ ...image, mask: Uint8Array.of(0, 0, 0, 255, 255, 0) }],
      new RangeError('pixelMetrics: images[0].mask at x = 0, y = 1 is 255; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0'),
    ],
    [
      'a map of another size',
      [{ ...image, map: [1, 2, 3] }],
      new RangeError('pixelMetrics: images[0].map is [3]; 3 wide and 2 high needs [2,3], 6 values'),
    ],
    [
      'a mask of another size',
      [{ ...image, mask: [0, 1] }],
      new RangeError('pixelMetrics: images[0].mask is [2]; 3 wide and 2 high needs [2,3], 6 values'),
    ],
    [
      'a transposed map',
      [{ ...image, map: ndarray(image.map, [3, 2]) }],
      new RangeError('pixelMetrics: images[0].map is [3,2]; 3 wide and 2 high needs [2,3], 6 values'),
    ],
    [
      'a width that is no whole number',
      [{ ...image, width: 2.5 }],
      new RangeError('pixelMetrics: images[0].map: width is 2.5 and height 2; both must be whole numbers above 0'),
    ],
    [
      'regions where the mask has none',
      [{ ...image, regions: [0, 0, 4, 1, 1, 0] }],
      new RangeError('pixelMetrics: images[0].regions at x = 2, y = 0 is 4; it must be 0, as the mask is'),
    ],
    [
      'a mask of regions that leave some out',
      [{ ...image, regions: [0, 0, 0, 1, 0, 0] }],
      new RangeError('pixelMetrics: images[0].regions at x = 1, y = 1 is 0; it must be a whole number above 0, as the mask is 1'),
    ],
    [
      'a map that is missing',
      [{ ...image, map: undefined }],
      new TypeError('pixelMetrics: images[0].map is undefined; pass an array, a typed array or an ndarray'),
    ],
  ])('%s', (_, images, error) => {
    expect(() => pixelMetrics(images as never)).toThrow(error);
  });
});
