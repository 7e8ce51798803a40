import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scoresOf } from '../../src/counting/keys.ts';
import { collectPositives, labelComponents, mergePositives, type Positives } from '../../src/index.ts';
import { collect, imageSets, splits } from './streams.ts';

const image = { map: [5, 7, 5, 1, 7, 0], mask: [1, 1, 0, 0, 0, 1], width: 6, height: 1 };

test('distinct scores of anomalous pixels, how many have each, and what they add to overlaps', () => {
  const { images, pixels, thresholds, hits, regions } = collect([image]);
  expect([images, pixels]).toEqual([1, 3]);
  expect(Array.from(scoresOf(thresholds))).toEqual([7, 5, 0]);
  expect(Array.from(hits)).toEqual([1, 1, 1]);
  expect(regions).toEqual({ count: 2, overlaps: Float64Array.of(0.5, 0.5, 1) });
});

test('finish tells what came so far, and more may come', () => {
  const collector = collectPositives({ perImage: true });
  collector.add(image);
  const before = collector.finish();
  expect(collector.finish()).toEqual(before);
  collector.add(image);
  expect(collector.finish()).toEqual(mergePositives([before, before]));
});

test('each anomalous pixel, by image, has the place of its score', () => {
  fc.assert(
    fc.property(imageSets, splits, ({ plain }, split) => {
      const parts = split(plain);
      const { thresholds, perImage } = mergePositives(parts.map((part) => structuredClone(collect(part, { perImage: true }))));
      const scores = scoresOf(thresholds);
      parts.flat().forEach(({ map, mask }, i) => {
        const own = perImage!.at.slice(perImage!.starts[i], perImage!.starts[i + 1]);
        expect(Array.from(own, (k) => scores[k])).toEqual(map.filter((_, pixel) => mask[pixel] === 1).map((score) => score + 0));
      });
    }),
  );
});

test('merged parts are what one pass leaves, in the order of the parts', () => {
  fc.assert(
    fc.property(imageSets, splits, ({ dressed, plain }, split) => {
      const options = { perImage: true };
      const { regions, ...merged } = mergePositives(split(dressed).map((part) => collect(part, options)));
      const { regions: expected, ...whole } = collect(split(dressed).flat(), options);
      const scores = (one: Omit<Positives, 'regions'>) => ({ ...one, thresholds: Array.from(scoresOf(one.thresholds)) });
      expect(scores(merged)).toEqual(scores(whole));
      const count = plain.reduce((sum, { mask, width, height }) => sum + labelComponents(mask, width, height).count, 0);
      expect([regions!.count, expected!.count]).toEqual([count, count]);
      for (const [k, overlap] of regions!.overlaps.entries()) expect(overlap).toBeCloseTo(expected!.overlaps[k]!, 12);
    }),
  );
});

test('float32 maps have narrow thresholds, unless a wide one with an anomalous pixel came, too', () => {
  const narrow = { ...image, map: Float32Array.from(image.map) };
  const wide = { ...image, map: Float64Array.from(image.map) };
  const normal = { ...wide, mask: new Uint8Array(6) };
  expect(collect([narrow, normal]).thresholds).toBeInstanceOf(Uint32Array);
  expect(collect([narrow, wide]).thresholds).toBeInstanceOf(Float64Array);
  expect(mergePositives([collect([narrow]), collect([narrow])]).thresholds).toBeInstanceOf(Uint32Array);
  expect(mergePositives([collect([narrow]), collect([wide])])).toEqual(collect([narrow, wide]));
});

test('more than 2^32 pixels of one score are counted', () => {
  const part: Positives = { images: 1, pixels: 0xffffffff, thresholds: Uint32Array.of(7, 9), hits: Uint32Array.of(0xfffffffe, 1) };
  const merged = mergePositives(Array.from({ length: 5 }, () => part));
  expect(Array.from(merged.hits, BigInt)).toEqual([5n * 0xfffffffen, 5n]);
  expect(BigInt(merged.pixels)).toBe(5n * 0xffffffffn);
});

describe('mergePositives refuses', () => {
  test('no parts', () => {
    expect(() => mergePositives([])).toThrow(new RangeError('mergePositives: there are no parts; pass some'));
  });

  test.each(['regions', 'perImage'] as const)('parts of which some have %s', (option) => {
    const parts = [collect([image], { [option]: true }), collect([image], { [option]: false })];
    expect(() => mergePositives(parts)).toThrow(
      new RangeError(`mergePositives: some parts were collected with ${option}, others without; collect all alike`),
    );
  });
});

test.each<[string, object, Error]>([
  [
    'a label of 255',
    { mask: [0, 0, 0, 255, 0, 0] },
    new RangeError('collectPositives: image 1.mask at x = 3, y = 0 is 255; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0'),
  ],
  [
    'NaN',
    { map: [1, 2, 3, 4, 5, Number.NaN] },
    new RangeError('collectPositives: image 1.map at x = 5, y = 0 is NaN; it must be a finite number'),
  ],
  [
    'infinity',
    { map: Float32Array.of(1, 2, 3, Infinity, 5, 6), width: 2, height: 3 },
    new RangeError('collectPositives: image 1.map at x = 1, y = 1 is Infinity; it must be a finite number'),
  ],
  ['another size', { width: 5 }, new RangeError('collectPositives: image 1.map is [6]; 5 wide and 1 high needs [1,5], 5 values')],
])('refuses %s, names image and pixel, and counts nothing of it', (_, wrong, error) => {
  const collector = collectPositives();
  collector.add(image);
  const before = collector.finish();
  expect(() => collector.add({ ...image, ...wrong })).toThrow(error);
  expect(collector.finish()).toEqual(before);
});
