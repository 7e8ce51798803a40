import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootstrap, bootstrapPixelMetrics, type PixelMetricName, pixelMetrics, type ScoredImage } from '../../src/index.ts';
import { levelPixels } from '../../src/inference/levelled-pixels.ts';
import { checkImages } from '../../src/scored-image.ts';
import { goldenImages } from '../goldens.ts';
import { imageSets } from '../streaming/streams.ts';

const names: PixelMetricName[] = ['auroc', 'averagePrecision', 'auPro30', 'auPro05', 'f1Max'];

const repeat = (images: readonly ScoredImage[], weights: ArrayLike<number>) =>
  images.flatMap((image, i) => new Array<ScoredImage>(weights[i]!).fill(image));

/** Images whose anomalous pixels score higher by some, more so in some images: any two images differ, as those of a test set do. */
function randomImages(count: number, side: number): ScoredImage[] {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the generator of Numerical Recipes
    return (state >>> 8) / 2 ** 24;
  };
  return Array.from({ length: count }, (_, i) => {
    const [lift, left, top] = [0.1 + random(), Math.floor(random() * side), Math.floor(random() * side)];
    const mask = Uint8Array.from({ length: side * side }, (_, pixel) => {
      const [x, y] = [pixel % side, Math.floor(pixel / side)];
      return i % 3 > 0 && Math.abs(x - left) < 5 && Math.abs(y - top) < 4 ? 1 : 0;
    });
    const map = Float32Array.from(mask, (label) => random() + random() + label * lift);
    return { map, mask, width: side, height: side };
  });
}

describe('levelPixels', () => {
  test('with a level for each score, a weighted set is the set with its images repeated', () => {
    const weights = fc.array(fc.nat(3), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(imageSets, weights, ({ dressed }, drawn) => {
        const images = repeat(dressed, drawn);
        fc.pre(images.length > 0);
        const { weighed, levels, distinct } = levelPixels(checkImages('test', dressed), 125); // 5 images of 5 x 5
        expect(levels).toBe(distinct);
        const actual = weighed(drawn);
        const expected = pixelMetrics(images);
        for (const name of [...names, 'prevalence'] as const) {
          if (Number.isNaN(expected[name])) expect(actual[name], name).toBeNaN();
          else expect(actual[name], name).toBeCloseTo(expected[name], 12);
        }
      }),
    );
  });

  test('with fewer, what lies between two levels is tied', () => {
    // Anomalous: 8 7 6 5 4 3; two levels, where a quarter and three quarters of them are reached: 7 and 4. Places: 9 8 | 7 | 6 5 | 4 | 3 0.
    const map = [8, 7, 6, 5, 4, 3, 9, 5.5, 4, 0, 3.5, 7];
    const mask = map.map((_, i) => (i < 6 ? 1 : 0));
    const image = { map, mask, width: 12, height: 1 };
    const tied = { ...image, map: [9, 7, 5, 5, 4, 0, 9, 5, 4, 0, 0, 7] };
    const { weighed, levels, distinct, estimate } = levelPixels(checkImages('test', [image]), 2);
    expect([levels, distinct]).toEqual([2, 6]);
    expect(pixelMetrics([image])).toMatchObject(estimate);
    const expected = pixelMetrics([tied]);
    for (const name of names) expect(weighed([1])[name], name).toBeCloseTo(expected[name], 12);
  });

  test('keeps to the bound on the AUROC, and comes near in the others, more so with more levels', () => {
    const images = randomImages(12, 40);
    const exact = pixelMetrics(images);
    const distance = (most: number) => {
      const { weighed, levels } = levelPixels(checkImages('test', images), most);
      expect(levels).toBeLessThanOrEqual(most);
      const metrics = weighed(images.map(() => 1));
      expect(Math.abs(metrics.auroc - exact.auroc)).toBeLessThan(1 / most / 2);
      return Math.max(...names.map((name) => Math.abs(metrics[name] - exact[name])));
    };
    expect(distance(16)).toBeLessThan(1 / 16);
    expect(distance(128)).toBeLessThan(1 / 128);
  });

  test('has one level where all anomalous pixels score the same', () => {
    const image = { map: [1, 1, 0, 2], mask: [1, 1, 0, 0], width: 4, height: 1 };
    expect(levelPixels(checkImages('test', [image]), 2048)).toMatchObject({ levels: 1, distinct: 1 });
  });
});

describe('bootstrapPixelMetrics', () => {
  const few = randomImages(9, 12).map((image) => ({ ...image, map: Array.from(image.map as Float32Array, (v) => Math.round(v * 20)) }));

  test('gives what bootstrap gives for pixelMetrics of the images drawn', () => {
    const options = { samples: 60, seed: 3, level: 0.8 };
    const { metrics, exact, levels } = bootstrapPixelMetrics(few, options);
    expect(exact).toBe(true);
    expect(levels).toBe(new Set(few.flatMap(({ map, mask }) => map.filter((_, i) => (mask as Uint8Array)[i] === 1))).size);
    for (const name of names) {
      const expected = bootstrap(few.length, (weights) => pixelMetrics(repeat(few, weights))[name], options);
      const { samples, undefinedSamples, ...rest } = metrics[name];
      expect([samples, undefinedSamples]).toEqual([60, expected.undefinedSamples]);
      for (const [key, value] of Object.entries(rest)) expect(value, `${name} ${key}`).toBeCloseTo(expected[key as 'low'], 12);
    }
  });

  test('estimates are those of pixelMetrics, however few the levels', () => {
    const { metrics, exact, levels } = bootstrapPixelMetrics(goldenImages, { samples: 10, levels: 4 });
    expect(exact).toBe(false);
    expect(levels).toBeLessThanOrEqual(4);
    const expected = pixelMetrics(goldenImages);
    for (const name of names) expect(metrics[name].estimate).toBe(expected[name]);
  });

  test('few levels move the interval little', () => {
    const images = randomImages(12, 40);
    const whole = bootstrapPixelMetrics(images, { samples: 200, levels: 1e6 });
    const coarse = bootstrapPixelMetrics(images, { samples: 200, levels: 64 });
    expect([whole.exact, coarse.exact]).toEqual([true, false]);
    for (const name of names) {
      for (const end of ['low', 'high'] as const) {
        expect(Math.abs(coarse.metrics[name][end] - whole.metrics[name][end]), `${name} ${end}`).toBeLessThan(2 / 64);
      }
      expect(whole.metrics[name].low).toBeLessThan(whole.metrics[name].high);
    }
  });

  test('the same seed gives the same, another one something else', () => {
    const run = (seed?: number) => bootstrapPixelMetrics(few, { samples: 20, seed });
    expect(run(5)).toEqual(run(5));
    expect(run()).toEqual(run(0));
    expect(run(6)).not.toEqual(run(5));
  });

  test('resamples without an anomalous pixel are counted as undefined; groups avoid them', () => {
    const normal = { map: [1, 2], mask: [0, 0], width: 2, height: 1 };
    const images = [{ map: [3, 1], mask: [1, 0], width: 2, height: 1 }, normal, normal];
    const { auroc } = bootstrapPixelMetrics(images).metrics;
    expect(Math.abs(auroc.undefinedSamples / 1000 - (2 / 3) ** 3)).toBeLessThan(0.06); // four standard errors
    const grouped = bootstrapPixelMetrics(images, { groups: [1, 0, 0] }).metrics;
    for (const name of names) expect(grouped[name].undefinedSamples).toBe(0);
  });

  test('without an anomalous pixel at all, all is NaN', () => {
    const { metrics, levels, exact } = bootstrapPixelMetrics([{ map: [1, 2], mask: [0, 0], width: 2, height: 1 }], { samples: 5 });
    expect([levels, exact]).toEqual([0, true]);
    for (const name of names) expect(metrics[name]).toMatchObject({ estimate: Number.NaN, low: Number.NaN, undefinedSamples: 5 });
  });

  test.each<[string, unknown, object, Error]>([
    ['no images', [], {}, new RangeError('bootstrapPixelMetrics: images is empty; pass some')],
    ['no levels', few, { levels: 0 }, new RangeError('bootstrapPixelMetrics: levels is 0; it must be a whole number, 1 or more')],
    ['half a level', few, { levels: 1.5 }, new RangeError('bootstrapPixelMetrics: levels is 1.5; it must be a whole number, 1 or more')],
    ['a level in percent', few, { level: 95 }, new RangeError('bootstrapPixelMetrics: level is 95; it must be above 0 and below 1')],
    [
      'groups of others',
      few,
      { groups: [1] },
      new RangeError('bootstrapPixelMetrics: groups has 1 entries for 9 images; it must have one for each'),
    ],
    [
      'NaN',
      [{ map: [1, Number.NaN], mask: [0, 1], width: 2, height: 1 }],
      {},
      new RangeError('bootstrapPixelMetrics: images[0].map at x = 1, y = 0 is NaN; it must be a finite number'),
    ],
  ])('refuses %s', (_, images, options, error) => {
    expect(() => bootstrapPixelMetrics(images as ScoredImage[], options)).toThrow(error);
  });
});
