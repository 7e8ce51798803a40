import { describe, expect, test } from 'vitest';
import { type PixelMetricName, pairedBootstrap, pairedBootstrapPixelMetrics, pixelMetrics, type ScoredImage } from '../../src/index.ts';

const names: PixelMetricName[] = ['auroc', 'averagePrecision', 'auPro30', 'auPro05', 'f1Max'];
const [width, height] = [7, 5];

/** Scores from 0 to 11, more or less raised where the mask is 1. */
const method = (lift: number, salt: number): (ScoredImage & { map: number[]; mask: number[] })[] =>
  Array.from({ length: 8 }, (_, image) => {
    const mask = Array.from({ length: width * height }, (_, i) => (image % 4 > 0 && (i * (image + 3)) % 9 < 2 ? 1 : 0));
    const map = mask.map((label, i) => (((i + 1) * (image + salt) * 7919) % 10) + label * (lift + (image % 3)));
    return { map, mask, width, height };
  });

const better = method(4, 11);
const worse = method(1, 5);

test('gives what pairedBootstrap gives for pixelMetrics of the images drawn', () => {
  const options = { samples: 80, seed: 7, level: 0.9 };
  const { metrics, levelsA, levelsB, exact } = pairedBootstrapPixelMetrics(better, worse, options);
  const distinct = (images: typeof better) => new Set(images.flatMap(({ map, mask }) => map.filter((_, i) => mask[i] === 1))).size;
  expect([levelsA, levelsB, exact]).toEqual([distinct(better), distinct(worse), true]);
  const of = (images: readonly ScoredImage[], name: PixelMetricName) => (weights: Uint32Array) =>
    pixelMetrics(images.flatMap((image, i) => new Array<ScoredImage>(weights[i]!).fill(image)))[name];
  for (const name of names) {
    const expected = pairedBootstrap(better.length, of(better, name), of(worse, name), options);
    for (const [key, value] of Object.entries(metrics[name])) expect(value, `${name} ${key}`).toBeCloseTo(expected[key as 'low'], 12);
  }
});

test('a method against itself differs by nothing', () => {
  const { metrics } = pairedBootstrapPixelMetrics(better, better, { samples: 50 });
  for (const name of names) expect(metrics[name]).toMatchObject({ difference: 0, low: 0, high: 0, pValue: 1 });
});

test('turned about, the difference and its interval change sign', () => {
  const one = pairedBootstrapPixelMetrics(better, worse, { samples: 100, levels: 3 });
  const other = pairedBootstrapPixelMetrics(worse, better, { samples: 100, levels: 3 });
  expect([one.exact, one.levelsA <= 3, one.levelsB <= 3]).toEqual([false, true, true]);
  for (const name of names) {
    expect(one.metrics[name].difference).toBe(-other.metrics[name].difference);
    expect(one.metrics[name].low).toBeCloseTo(-other.metrics[name].high, 12);
    expect(one.metrics[name].pValue).toBe(other.metrics[name].pValue);
  }
});

describe('refuses', () => {
  const right = 'both must be the same images with the same masks, in the same order';
  const [first, ...rest] = worse;
  test.each<[string, readonly ScoredImage[], string]>([
    ['another number of images', rest, `imagesA has 8 images, imagesB 7; ${right}`],
    [
      'another size',
      [{ ...first!, width: height, height: width }, ...rest],
      `imagesA[0] is 7 wide and 5 high, imagesB[0] 5 and 7; ${right}`,
    ],
    [
      'another mask',
      [{ ...first!, mask: first!.mask.map((label, i) => (i === 9 ? 1 : label)) }, ...rest],
      `imagesA[0].mask at x = 2, y = 1 is 0, imagesB's 1; ${right}`,
    ],
    ['no images', [], 'imagesB is empty; pass some'],
    [
      'infinity',
      [...worse.slice(0, 7), { ...worse[7]!, map: worse[7]!.map.map(() => Infinity) }],
      'imagesB[7].map at x = 0, y = 0 is Infinity; it must be a finite number',
    ],
  ])('%s', (_, imagesB, message) => {
    expect(() => pairedBootstrapPixelMetrics(better, imagesB)).toThrow(new RangeError(`pairedBootstrapPixelMetrics: ${message}`));
  });
});
