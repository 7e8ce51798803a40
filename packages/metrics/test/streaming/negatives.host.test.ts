import { describe, expect, test } from 'vitest';
import { keysOf, scoresOf } from '../../src/counting/keys.ts';
import { countNegatives, mergeNegatives, type Negatives, pixelMetrics, streamedMetrics } from '../../src/index.ts';
import { collect, count } from './streams.ts';

const image = { map: [5, 7, 5, 1, 9, 0, 6, 5], mask: [1, 1, 0, 0, 0, 0, 0, 0], width: 8, height: 1 };

test('normal pixels at each threshold, and between', () => {
  const { images, positives, pixels, ties, gaps, gapFloors } = count([image], collect([image]));
  expect([images, positives, pixels]).toEqual([1, 2, 6]);
  expect(Array.from(ties)).toEqual([0, 2]);
  expect(Array.from(gaps)).toEqual([1, 1, 2]);
  expect(Array.from(scoresOf(gapFloors))).toEqual([9, 6, 0]);
});

test('an empty gap has the key of Infinity for its floor, through widening and merging, too', () => {
  const narrow = { ...image, map: Float32Array.of(5, 7, 5, 1, 5, 1, 1, 1) };
  const positives = collect([narrow]);
  const wide = { ...narrow, map: Float64Array.from(narrow.map) };
  for (const images of [[narrow], [narrow, wide], [wide, narrow]]) {
    expect(Array.from(scoresOf(count(images, positives).gapFloors))).toEqual([Infinity, Infinity, 1]);
  }
  const merged = mergeNegatives([count([narrow], positives), count([wide], positives)]);
  expect(Array.from(scoresOf(merged.gapFloors))).toEqual([Infinity, Infinity, 1]);
});

test('images of more normal pixels than are sorted at a time give the same', () => {
  const [width, height] = [1100, 1000]; // 1.1 million; a run holds 2^20, 1.05 million
  const map = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i * 12.9898) * 50);
  const mask = Uint8Array.from(map, (_, i) => (i % 1013 < 4 ? 1 : 0));
  const images = [{ map, mask, width, height }, image];
  const positives = collect(images);
  const negatives = count(images, positives);
  const scores = scoresOf(positives.thresholds);
  const normal = Float64Array.from([...map.filter((_, i) => mask[i] === 0), ...image.map.filter((_, i) => image.mask[i] === 0)]).sort();
  /** How many are at or above a score, by bisection. */
  const above = (score: number) => {
    let [low, high] = [0, normal.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (normal[middle]! < score) low = middle + 1;
      else high = middle;
    }
    return normal.length - low;
  };
  let seen = 0;
  let wrong = 0;
  scores.forEach((score, k) => {
    seen += negatives.gaps[k]! + negatives.ties[k]!;
    if (seen !== above(score)) wrong++;
  });
  expect(wrong).toBe(0);
  expect(seen + negatives.gaps.at(-1)!).toBe(normal.length);
  expect(streamedMetrics(positives, negatives)).toEqual(pixelMetrics(images));
});

test('pixels of images without an anomalous one are weighed by their image', () => {
  const normal = { map: [7, 6, 5, 4], mask: [0, 0, 0, 0], width: 2, height: 2 };
  const large = { map: [9, 7, 7, 7, 0, 0, 0, 0], mask: new Uint8Array(8), width: 8, height: 1 };
  const images = [normal, image, large, normal];
  const positives = collect(images);
  const whole = count(images, positives).normalImages!;
  expect(whole.count).toBe(3);
  expect(Array.from(whole.ties)).toEqual([0.25 + 0.25 + 3 / 8, 0.5]);
  expect(Array.from(whole.gaps)).toEqual([1 / 8, 0.5, 0.5 + 4 / 8]);
  const parts = [[large], [], [image, normal], [normal]].map((part) => count(part, structuredClone(positives)));
  expect(mergeNegatives(parts).normalImages).toEqual(whole);
  expect(count(images, collect(images, { perImage: false })).normalImages).toBeUndefined();
});

test('counts beyond 2^32 stay whole', () => {
  const ones = (value: number) => Uint32Array.of(value, 3, 0xffffffff - value - 3);
  const part = (value: number): Negatives => ({
    images: 1,
    positives: 2,
    pixels: 0xffffffff,
    ties: Uint32Array.of(0, 0),
    gaps: ones(value),
    gapFloors: keysOf(Float32Array.of(9, 6, 0)),
    thresholdsHash: 1,
  });
  const values = [1, 4_000_000_000, 123_456_789, 4_294_967_290];
  const merged = mergeNegatives(values.map(part));
  const sums = [0, 1, 2].map((k) => values.reduce((sum, value) => sum + BigInt(ones(value)[k]!), 0n));
  expect(Array.from(merged.gaps, BigInt)).toEqual(sums);
  expect(BigInt(merged.pixels)).toBe(4n * 0xffffffffn);
  expect(merged.ties).toBeInstanceOf(Float64Array);
  expect(mergeNegatives([part(1)]).gaps).toBeInstanceOf(Uint32Array);
});

test('a counter can finish again, but not go on', () => {
  const counter = countNegatives(collect([image]));
  counter.add(image);
  const counts = counter.finish();
  expect(counter.finish()).toEqual(counts);
  expect(() => counter.add(image)).toThrow(new TypeError('countNegatives: add was called after finish; count anew with all images'));
});

describe('mergeNegatives refuses', () => {
  const [one, other] = [collect([image]), collect([{ ...image, map: [4, 7, 5, 1, 9, 0, 6, 5] }])];

  test('no parts', () => {
    expect(() => mergeNegatives([])).toThrow(new RangeError('mergeNegatives: there are no parts; pass some'));
  });

  test.each([
    ['of other thresholds, be they as many', other, 2],
    ['of more thresholds', collect([{ ...image, mask: [1, 1, 0, 1, 0, 0, 0, 0] }]), 3],
    ['that did not keep images apart', collect([image], { perImage: false }), 2],
  ])('parts %s', (_, positives, thresholds) => {
    expect(() => mergeNegatives([count([image], one), count([image], positives)])).toThrow(
      new RangeError(
        `mergeNegatives: the parts were counted with different positives, of 2 and ${thresholds} thresholds; count all with those of all images, merged`,
      ),
    );
  });
});

test.each<[string, object, Error]>([
  [
    'a label of 2',
    { mask: [0, 0, 0, 2, 0, 0, 0, 0] },
    new RangeError('countNegatives: image 1.mask at x = 3, y = 0 is 2; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0'),
  ],
  [
    'NaN',
    { map: Float64Array.of(1, 2, 3, 4, 5, Number.NaN, 7, 8), width: 2, height: 4 },
    new RangeError('countNegatives: image 1.map at x = 1, y = 2 is NaN; it must be a finite number'),
  ],
])('refuses %s, names image and pixel, and counts nothing of it', (_, wrong, error) => {
  const positives = collect([image]);
  const counter = countNegatives(positives);
  counter.add(image);
  expect(() => counter.add({ ...image, ...wrong })).toThrow(error);
  expect(counter.finish()).toEqual(count([image], positives));
});
