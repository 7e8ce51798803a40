import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bootstrap,
  chooseLevels,
  collectPositives,
  countLevels,
  intervalOf,
  type PixelMetricName,
  pixelMetrics,
  type ResampledImage,
  rankingMetrics,
  resampleCounts,
  resampleMetrics,
  type ScoredImage,
} from '../../src/index.ts';
import { weighPixels } from '../../src/inference/levels.ts';
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

function levelPixels(images: readonly ScoredImage[], most: number) {
  const collector = collectPositives();
  for (const image of images) collector.add(image);
  const positives = collector.finish();
  const levels = chooseLevels(positives, { levels: most });
  return {
    weighed: weighPixels(images.map((image) => countLevels(image, levels))),
    levels: levels.thresholds.length,
    distinct: positives.thresholds.length,
    exact: levels.exact,
  };
}

describe('countLevels', () => {
  test('with a level for each score, a weighted set is the set with its images repeated', () => {
    const weights = fc.array(fc.nat(3), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(imageSets, weights, ({ dressed }, drawn) => {
        const images = repeat(dressed, drawn);
        fc.pre(images.length > 0);
        const { weighed, exact } = levelPixels(dressed, 125); // 5 images of 5 x 5
        expect(exact).toBe(true);
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
    const { weighed, levels, distinct, exact } = levelPixels([image], 2);
    expect([levels, distinct, exact]).toEqual([2, 6, false]);
    const expected = pixelMetrics([tied]);
    for (const name of names) expect(weighed([1])[name], name).toBeCloseTo(expected[name], 12);
  });

  test('keeps to the bound on the AUROC, and comes near in the others, more so with more levels', () => {
    const images = randomImages(12, 40);
    const exact = pixelMetrics(images);
    const distance = (most: number) => {
      const { weighed, levels } = levelPixels(images, most);
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
    expect(levelPixels([image], 2048)).toMatchObject({ levels: 1, distinct: 1, exact: true });
  });
});

describe('resampleMetrics', () => {
  const few = randomImages(9, 12).map((image, i) => ({
    ...image,
    map: Array.from(image.map as Float32Array, (v) => Math.round(v * 20)),
    anomalous: i % 2 > 0, // whatever the mask
    score: (i * 7) % 4,
  }));

  test('gives the values of pixelMetrics and rankingMetrics for the images drawn, in the order of the resamples', () => {
    const options = { samples: 60, seed: 3, groups: few.map((_, i) => i % 3) };
    const { values, estimate } = resampleMetrics(few, options);
    const [drawn, pixel, image]: [Uint32Array[], number[][], number[][]] = [[], [], []];
    const of = (images: readonly ResampledImage[]) => {
      const { auroc, averagePrecision } = rankingMetrics(
        images.map(({ anomalous }) => Number(anomalous)),
        images.map(({ score }) => score!),
      );
      return { pixel: names.map((name) => pixelMetrics(images)[name]), image: [auroc, averagePrecision] };
    };
    bootstrap(few.length, (weights) => drawn.push(weights.slice()), options);
    for (const weights of drawn.slice(1)) {
      const expected = of(repeat(few, weights));
      pixel.push(expected.pixel);
      image.push(expected.image);
    }
    const close = (path: keyof typeof values, expected: readonly number[]) => {
      expect(values[path].length).toBe(60);
      values[path].forEach((value, i) => {
        if (Number.isNaN(expected[i])) expect(value, path).toBeNaN();
        else expect(value, `${path} of resample ${i}`).toBeCloseTo(expected[i]!, 12);
      });
    };
    names.forEach((name, i) => {
      close(
        `pixel.${name}`,
        pixel.map((row) => row[i]!),
      );
      expect(estimate[`pixel.${name}`]).toBe(pixelMetrics(few)[name]);
    });
    (['image.auroc', 'image.averagePrecision'] as const).forEach((path, i) => {
      close(
        path,
        image.map((row) => row[i]!),
      );
      expect(estimate[path]).toBeCloseTo(of(few).image[i]!, 12);
    });
  });

  test('images counted one at a time have the same values', () => {
    const collector = collectPositives();
    for (const image of few) collector.add(image);
    const levels = chooseLevels(collector.finish(), { levels: 8 });
    const counted = few.map(({ score, anomalous, ...image }) => ({ score, anomalous, counts: countLevels(image, levels) }));
    expect(resampleCounts(counted, { samples: 20, seed: 1 })).toEqual(resampleMetrics(few, { samples: 20, seed: 1, levels: 8 }).values);
  });

  test('an image is scored by its highest pixel and judged by its mask, unless told', () => {
    const bare = few.map(({ score: _, anomalous: __, ...image }) => image);
    const told = bare.map((image) => ({
      ...image,
      score: Math.max(...image.map),
      anomalous: Array.from(image.mask as Uint8Array).includes(1),
    }));
    expect(resampleMetrics(bare, { samples: 20 })).toEqual(resampleMetrics(told, { samples: 20 }));
  });

  test('estimates are those of pixelMetrics, however few the levels', () => {
    const { estimate } = resampleMetrics(goldenImages, { samples: 10, levels: 4 });
    const expected = pixelMetrics(goldenImages);
    for (const name of names) expect(estimate[`pixel.${name}`]).toBe(expected[name]);
  });

  test('few levels move the interval little', () => {
    const images = randomImages(12, 40);
    const whole = resampleMetrics(images, { samples: 200, levels: 1e6 }).values;
    const coarse = resampleMetrics(images, { samples: 200, levels: 64 }).values;
    for (const name of names) {
      const [exact, near] = [intervalOf(whole[`pixel.${name}`]), intervalOf(coarse[`pixel.${name}`])];
      for (const end of ['low', 'high'] as const) expect(Math.abs(near[end] - exact[end]), `${name} ${end}`).toBeLessThan(2 / 64);
      expect(exact.low).toBeLessThan(exact.high);
    }
  });

  test('the same seed gives the same, another one something else', () => {
    const run = (seed?: number) => resampleMetrics(few, { samples: 20, ...(seed === undefined ? {} : { seed }) });
    expect(run(5)).toEqual(run(5));
    expect(run()).toEqual(run(0));
    expect(run(6)).not.toEqual(run(5));
  });

  test('anomalous images and the others are drawn apart, unless groups say otherwise', () => {
    const normal = { map: [1, 2], mask: [0, 0], width: 2, height: 1 };
    const images = [{ map: [3, 1], mask: [1, 0], width: 2, height: 1 }, normal, normal];
    for (const path of ['pixel.auroc', 'image.auroc'] as const) {
      expect(intervalOf(resampleMetrics(images).values[path]).undefinedSamples).toBe(0);
      const { undefinedSamples } = intervalOf(resampleMetrics(images, { groups: [0, 0, 0] }).values[path]);
      const without = path === 'image.auroc' ? (1 + 2 ** 3) / 3 ** 3 : 2 ** 3 / 3 ** 3; // image AUROC also needs a normal image
      expect(Math.abs(undefinedSamples / 1000 - without)).toBeLessThan(0.06); // four standard errors
    }
  });

  test('without an anomalous pixel at all, all is NaN', () => {
    const { estimate, values } = resampleMetrics([{ map: [1, 2], mask: [0, 0], width: 2, height: 1 }], { samples: 5 });
    for (const path of [...names.map((name) => `pixel.${name}` as const), 'image.auroc', 'image.averagePrecision'] as const) {
      expect([estimate[path], ...values[path]]).toEqual(new Array(6).fill(Number.NaN));
    }
  });

  test.each<[string, unknown, object, Error]>([
    ['no images', [], {}, new RangeError('resampleMetrics: images is empty; pass some')],
    ['no levels', few, { levels: 0 }, new RangeError('chooseLevels: levels is 0; it must be a whole number, 1 or more')],
    ['half a level', few, { levels: 1.5 }, new RangeError('chooseLevels: levels is 1.5; it must be a whole number, 1 or more')],
    [
      'groups of others',
      few,
      { groups: [1] },
      new RangeError('resampleMetrics: groups has 1 entries for 9 images; it must have one for each'),
    ],
    [
      'NaN',
      [{ map: [1, Number.NaN], mask: [0, 1], width: 2, height: 1 }],
      {},
      new RangeError('resampleMetrics: images[0].map at x = 1, y = 0 is NaN; it must be a finite number'),
    ],
    [
      'an infinite score',
      [{ ...few[0]!, score: Infinity }],
      {},
      new RangeError('resampleMetrics: images[0].score is Infinity; it must be a finite number'),
    ],
    [
      'a label for a verdict',
      [{ ...few[0]!, anomalous: 1 }],
      {},
      new TypeError('resampleMetrics: images[0].anomalous is 1; it must be true or false'),
    ],
  ])('refuses %s', (_, images, options, error) => {
    expect(() => resampleMetrics(images as ResampledImage[], options)).toThrow(error);
  });
});

describe('intervalOf', () => {
  test('leaves out resamples without a value', () => {
    const values = Float64Array.of(4, Number.NaN, 1, 3, 2, 0);
    expect(intervalOf(values, { level: 0.5 })).toEqual({
      low: 1,
      high: 3,
      standardError: Math.sqrt(2.5),
      samples: 6,
      undefinedSamples: 1,
    });
    expect(Array.from(values)).toEqual([4, Number.NaN, 1, 3, 2, 0]);
  });

  test('refuses a level in percent', () => {
    expect(() => intervalOf(Float64Array.of(1), { level: 95 })).toThrow(
      new RangeError('intervalOf: level is 95; it must be above 0 and below 1'),
    );
  });
});
