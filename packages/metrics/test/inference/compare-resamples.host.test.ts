import { describe, expect, test } from 'vitest';
import { compareResamples, intervalOf, pairedBootstrap, pixelMetrics, resampleMetrics, rocAuc, type ScoredImage } from '../../src/index.ts';
import { holm } from '../../src/inference/compare-resamples.ts';
import { references } from '../goldens.ts';

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
const groups = better.map(({ mask }) => Math.max(...mask));

test('gives what pairedBootstrap gives for metrics of the images drawn', () => {
  const options = { samples: 80, seed: 7, groups };
  const compared = compareResamples(resampleMetrics(better, options), resampleMetrics(worse, options), { level: 0.9 });
  const drawn = <T>(images: readonly T[], weights: Uint32Array) => images.flatMap((image, i) => new Array<T>(weights[i]!).fill(image));
  const pixelAp = (images: readonly ScoredImage[]) => (weights: Uint32Array) => pixelMetrics(drawn(images, weights)).averagePrecision;
  const imageAuroc = (images: typeof better) => (weights: Uint32Array) =>
    rocAuc(
      drawn(groups, weights),
      drawn(images, weights).map(({ map }) => Math.max(...map)),
    );
  for (const [path, of] of [
    ['pixel.averagePrecision', pixelAp],
    ['image.auroc', imageAuroc],
  ] as const) {
    const expected = pairedBootstrap(better.length, of(better), of(worse), { ...options, level: 0.9 });
    for (const [key, value] of Object.entries(expected)) expect(compared[path][key as 'low'], `${path} ${key}`).toBeCloseTo(value, 12);
  }
});

test.each(references.resampled)("intervals of image AUROC are scipy's, and p-values near a permutation test's: $name", (golden) => {
  const { labels, scoresA, scoresB } = references.deLong.find(({ name }) => name === golden.name)!;
  const of = (scores: readonly number[]) =>
    resampleMetrics(
      scores.map((score, i) => ({ map: [score], mask: [labels[i]!], width: 1, height: 1 })),
      { samples: 20_000, levels: 1 },
    );
  const [a, b] = [of(scoresA), of(scoresB)];
  const { 'image.auroc': compared } = compareResamples(a, b);
  for (const [found, expected] of [
    [intervalOf(a.values['image.auroc']), golden.auroc],
    [compared, golden.difference],
  ] as const) {
    const { standardError } = expected;
    expect(Math.abs(found.standardError / standardError - 1)).toBeLessThan(0.025); // chance alone makes it 0.006
    // Of the 2.5 % point of a normal distribution from 20,000 resamples and from scipy's 50,000, chance makes 0.022 standard errors.
    for (const end of ['low', 'high'] as const) expect(Math.abs(found[end] - expected[end])).toBeLessThan(0.1 * standardError);
  }
  // Another null hypothesis, that methods can be swapped: equal for many images only.
  expect(Math.abs(compared.pValue - golden.permutationPValue)).toBeLessThan(0.03);
});

test('a method against itself differs by nothing', () => {
  const resampled = resampleMetrics(better, { samples: 50 });
  const { 'pixel.auPimo': undefinedHere, ...compared } = compareResamples(resampled, resampled);
  for (const metric of Object.values(compared)) {
    expect(metric).toMatchObject({ difference: 0, low: 0, high: 0, pValue: 1, adjustedPValue: 1 });
  }
  expect(undefinedHere).toMatchObject({ pValue: Number.NaN, adjustedPValue: Number.NaN, undefinedSamples: 50 });
});

test("p-values are corrected by Holm's method", () => {
  // R 4: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const adjusted = holm([0.01, 0.04, Number.NaN, 0.03, 0.005]);
  [0.03, 0.06, Number.NaN, 0.06, 0.02].forEach((expected, i) => {
    if (Number.isNaN(expected)) expect(adjusted[i]).toBeNaN();
    else expect(adjusted[i]).toBeCloseTo(expected, 12);
  });
  expect(holm([0.6, 0.5])).toEqual([1, 1]);
});

describe('refuses', () => {
  const of = (images: readonly ScoredImage[], samples = 20) => resampleMetrics(images, { samples, groups });
  test('another number of resamples', () => {
    expect(() => compareResamples(of(better), of(worse, 10))).toThrow(/^compareResamples: a has 20 resamples, b 10; both must be/);
  });
  test('other masks', () => {
    const others = worse.map((image) => ({ ...image, mask: image.mask.with(9, 1) }));
    expect(() => compareResamples(of(better), of(others))).toThrow(/in resample 0 the prevalence is 0\.\d+ of a, 0\.\d+ of b; both/);
  });
});
