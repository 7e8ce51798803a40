import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  auPimo,
  collectPositives,
  countNegatives,
  mergeNegatives,
  mergePositives,
  type ScoredImage,
  streamedAuPimo,
} from '../../src/index.ts';
import { scoredImages } from '../arbitraries.ts';
import { sweptAuPimo } from '../brute-force.ts';
import { references } from '../goldens.ts';

const row = (map: ArrayLike<number>, mask: ArrayLike<number>) => ({ map, mask, width: map.length, height: 1 });
const zeros = (length: number) => new Array<number>(length).fill(0);

/** Scores 1 to 100: the false positive rate is 0.01 at 100, 0.1 at 91, 1 at 1. */
const normal = row(
  Array.from({ length: 100 }, (_, i) => i + 1),
  zeros(100),
);
const wide = { lower: 0.01, upper: 1 };

/** Scored images with a normal one among them. */
const withNormal = fc
  .tuple(scoredImages, scoredImages, fc.nat(3))
  .map(([images, others, place]) => [
    ...images.slice(0, place),
    ...others.map(({ mask, ...rest }) => ({ ...rest, mask: mask.map(() => 0) })),
    ...images.slice(place),
  ]);
const boundsOf = fc
  .tuple(fc.double({ min: 0.03, max: 0.99, noNaN: true }), fc.double({ min: 0.03, max: 1, noNaN: true }))
  .filter(([a, b]) => Math.abs(a - b) > 1e-3)
  .map(([a, b]) => ({ lower: Math.min(a, b), upper: Math.max(a, b) }));

function inPasses(images: readonly ScoredImage[], splits: readonly [number, number]) {
  const cut = (at: number) => [images.slice(0, at), images.slice(at)];
  const positives = mergePositives(
    cut(splits[0]).map((part) => {
      const collector = collectPositives({ perImage: true, regions: false });
      for (const image of part) collector.add(image);
      return collector.finish();
    }),
  );
  const negatives = mergeNegatives(
    cut(splits[1]).map((part) => {
      const counter = countNegatives(positives);
      for (const image of part) counter.add(image);
      return counter.finish();
    }),
  );
  return { positives, negatives };
}

describe('auPimo', () => {
  test('a pixel counts from the false positive rate it comes in at, on a logarithmic scale', () => {
    // Above all: everywhere. Above 91 and below 92: from 0.09 on. Below all: nowhere.
    const image = row([200, 91.5, 0], [1, 1, 1]);
    const { perImage, mean, images } = auPimo([normal, image], wide);
    expect(perImage[0]).toBeNaN();
    expect(perImage[1]).toBeCloseTo((1 + Math.log(1 / 0.09) / Math.log(100) + 0) / 3, 14);
    expect([mean, images]).toEqual([perImage[1], 1]);
  });

  test('a tie is a line over the logarithm, cut at a bound', () => {
    const image = row([91], [1]); // from 0 at 0.09 to 1 at 0.1
    const [x0, x1] = [Math.log(0.09), Math.log(0.1)];
    expect(auPimo([normal, image], wide).perImage[1]).toBeCloseTo((-x1 + (x1 - x0) / 2) / Math.log(100), 14);
    const middle = (x0 + x1) / 2;
    expect(auPimo([normal, image], { lower: Math.exp(middle), upper: 0.1 }).perImage[1]).toBeCloseTo(0.75, 12);
    expect(auPimo([normal, image], { lower: 0.01, upper: Math.exp(middle) }).perImage[1]).toBeCloseTo(
      (0.25 * (middle - x0)) / (middle - Math.log(0.01)),
      12,
    );
  });

  test('what is tied with the highest normal score counts from the end of the tie', () => {
    const image = row([100], [1]);
    expect(auPimo([normal, image], wide).mean).toBe(1);
    const plateau = row([...zeros(90), ...zeros(10).fill(100)], zeros(100));
    expect(auPimo([plateau, image], wide).mean).toBeCloseTo(0.5, 14); // from 0.1 on
    expect(auPimo([plateau, image], { lower: 0.02, upper: 0.1 }).mean).toBe(0);
  });

  test('is exactly 1 for perfect maps, 0 for constant ones and for pixels below all', () => {
    const image = row([500, 400, 300, 0], [1, 1, 1, 0]);
    expect(auPimo([normal, image, image], wide)).toEqual({ perImage: Float64Array.of(Number.NaN, 1, 1), mean: 1, images: 2 });
    expect(auPimo([row(zeros(100), zeros(100)), row([0, 0], [1, 0])], wide).mean).toBe(0);
    expect(auPimo([normal, row([-1, -2], [1, 1])], wide).mean).toBe(0);
  });

  test('normal pixels of anomalous images do not count', () => {
    const image = (outside: number) => row([91.5, outside], [1, 0]);
    expect(auPimo([normal, image(1e6)], wide)).toEqual(auPimo([normal, image(-1e6)], wide));
  });

  test('normal images count the same, whatever their sizes', () => {
    // Half of the small one is flagged at 1.5, none of the large one: 0.25.
    const images = [row([2, 1], [0, 0]), row(zeros(50), zeros(50)), row([1.5], [1])];
    expect(auPimo(images, { lower: 0.1, upper: 1 }).mean).toBeCloseTo(Math.log(4) / Math.log(10), 14);
  });

  test('the bounds are 1e-5 and 1e-4 unless told otherwise', () => {
    const large = row(
      Float32Array.from({ length: 200_000 }, (_, i) => i),
      new Uint8Array(200_000),
    );
    const image = row([200_000 - 6.5], [1]); // below 6 normal pixels: from 3e-5 on
    expect(auPimo([large, image]).mean).toBeCloseTo(Math.log(1e-4 / 3e-5) / Math.log(10), 14);
  });

  test('is undefined without a normal image, without an anomalous one, and where no map could reach the lower bound', () => {
    const image = row([200, 91.5, 0], [1, 1, 0]);
    const nothing = { perImage: Float64Array.of(Number.NaN, Number.NaN), mean: Number.NaN, images: 0 };
    expect(auPimo([image, image], wide)).toEqual(nothing);
    expect(auPimo([normal, normal], wide)).toEqual(nothing);
    expect(auPimo([normal, image], { lower: 0.0099, upper: 1 })).toEqual(nothing);
    expect(auPimo([normal, normal, image], { lower: 0.0099, upper: 1 }).images).toBe(1);
  });

  const sets = references.pimoSets.flatMap(({ name, images, bounds }) => bounds.map((golden) => ({ name, images, ...golden })));
  test.each(sets)('agrees with numpy on 300,000 thresholds: $name, $lower to $upper', ({ images, lower, upper, visited, scores }) => {
    const { perImage } = auPimo(images, { lower, upper });
    // That integral begins and ends at other rates, between which a true positive rate is at most 1. Nothing else differs: thresholds
    // are closer than scores, which are rounded.
    const slack = (Math.abs(Math.log(visited[0] / lower)) + Math.abs(Math.log(visited[1] / upper))) / Math.log(upper / lower);
    expect(slack).toBeLessThan(0.03);
    scores.forEach((score, i) => {
      if (score === null) expect(perImage[i]).toBeNaN();
      else expect(Math.abs(perImage[i]! - score)).toBeLessThanOrEqual(slack + 1e-12);
    });
  });

  test('agrees with the definition between any bounds', () => {
    fc.assert(
      fc.property(withNormal, boundsOf, (images, { lower, upper }) => {
        const { perImage, mean, images: scored } = auPimo(images, { lower, upper });
        const normals = images.filter(({ mask }) => !mask.includes(1));
        if (1 / (normals.length * Math.max(...normals.map(({ mask }) => mask.length))) > lower) {
          expect(scored).toBe(0);
          return;
        }
        const swept = sweptAuPimo(images, lower, upper);
        swept.forEach((area, i) => {
          // Bounds at least 1e-3 apart leave 12 digits of 15.
          if (Number.isNaN(area)) expect(perImage[i]).toBeNaN();
          else expect(perImage[i]).toBeCloseTo(area, 11);
        });
        const defined = swept.filter((area) => !Number.isNaN(area));
        expect(scored).toBe(defined.length);
        expect(mean).toBeCloseTo(defined.reduce((sum, area) => sum + area, 0) / defined.length, 11);
      }),
    );
  });

  test('only the order of scores matters', () => {
    fc.assert(
      fc.property(withNormal, boundsOf, (images, bounds) => {
        const order = [...new Set(images.flatMap(({ map }) => map.map((score) => score + 0)))].sort((a, b) => a - b);
        const ranked = images.map((image) => ({ ...image, map: Float32Array.from(image.map, (score) => order.indexOf(score + 0)) }));
        expect(auPimo(ranked, bounds)).toEqual(auPimo(images, bounds));
      }),
    );
  });

  test.each([
    [0, 0.5],
    [0.5, 0.5],
    [0.1, 1.5],
    [Number.NaN, 0.5],
  ])('refuses the bounds %s and %s', (lower, upper) => {
    const message = `lower is ${lower} and upper ${upper}; it must be 0 < lower < upper ≤ 1`;
    expect(() => auPimo([normal], { lower, upper })).toThrow(new RangeError(`auPimo: ${message}`));
    const { positives, negatives } = inPasses([normal], [1, 1]);
    expect(() => streamedAuPimo(positives, negatives, { lower, upper })).toThrow(new RangeError(`streamedAuPimo: ${message}`));
  });

  test('names image and pixel of wrong input', () => {
    expect(() => auPimo([normal, row([Number.NaN], [0])])).toThrow(
      new RangeError('auPimo: images[1].map at x = 0, y = 0 is NaN; it must be a finite number'),
    );
    expect(() => auPimo([])).toThrow(new RangeError('auPimo: images is empty; pass some'));
  });
});

describe('streamedAuPimo', () => {
  test('gives the same in any split', () => {
    fc.assert(
      fc.property(withNormal, boundsOf, fc.nat(6), fc.nat(6), (images, bounds, one, other) => {
        const { positives, negatives } = inPasses(images, [one, other]);
        const streamed = streamedAuPimo(positives, negatives, bounds);
        const expected = auPimo(images, bounds);
        expect(streamed.images).toBe(expected.images);
        expected.perImage.forEach((area, i) => {
          if (Number.isNaN(area)) expect(streamed.perImage[i]).toBeNaN();
          else expect(streamed.perImage[i]).toBeCloseTo(area, 12);
        });
      }),
    );
  });

  test('refuses passes that do not know their images, or saw different ones', () => {
    const collector = collectPositives({ perImage: false });
    collector.add(normal);
    const positives = collector.finish();
    const counter = countNegatives(positives);
    counter.add(normal);
    const negatives = counter.finish();
    expect(() => streamedAuPimo(positives, negatives)).toThrow(
      new RangeError('streamedAuPimo: the passes were made with perImage: false; leave it out'),
    );
    expect(() => streamedAuPimo(inPasses([normal, normal], [1, 1]).positives, negatives)).toThrow(RangeError);
  });
});
