import { expect, test } from 'vitest';
import { toScores } from '../src/index.ts';

const pixel = { auroc: 0.9, averagePrecision: 0.4, auPro30: 0.8, auPro05: 0.5, auPimo: 0.3, f1Max: 0.45, prevalence: 0.02 };
const image = { auroc: 0.95, averagePrecision: 0.97 };

test('defined metrics stay as they are, without reasons', () => {
  expect(toScores({ pixel, image })).toEqual({ pixel, image });
});

test('NaN becomes null with its reason beside it, and 0 stays 0', () => {
  const scores = toScores({ pixel: { ...pixel, auroc: Number.NaN, auPro05: 0 }, image: { ...image, auroc: Number.NaN } });
  expect(scores.pixel.auroc).toBeNull();
  expect(scores.pixel.auPro05).toBe(0);
  expect(scores.undefined).toEqual({
    'pixel.auroc': 'needs both normal and defective pixels',
    'image.auroc': 'needs both good and defective images',
  });
});

test('a reason of the caller replaces the usual one', () => {
  const reasons = { 'image.auroc': 'the folder holds no good image' };
  expect(toScores({ pixel, image: { ...image, auroc: Number.NaN } }, reasons).undefined).toEqual(reasons);
});

test('a metric that nobody measured is null, and says so', () => {
  const { auPimo: _, ...others } = pixel;
  expect(toScores({ pixel: others, image })).toEqual({
    pixel: { ...others, auPimo: null },
    image,
    undefined: { 'pixel.auPimo': 'not measured' },
  });
});

test('the infinite PSNR of a perfect reconstruction is null, for JSON has no infinity', () => {
  const scores = toScores({ pixel, image, reconstruction: { mse: 0, psnr: Number.POSITIVE_INFINITY } });
  expect(scores.reconstruction).toEqual({ mse: 0, psnr: null });
  expect(Object.keys(scores.undefined!)).toEqual(['reconstruction.psnr']);
});

test('further entries, such as the threshold of the best F1, are left out', () => {
  const raw = { pixel: { ...pixel, f1MaxThreshold: 3 }, image };
  expect(toScores(raw).pixel).toEqual(pixel);
});

test('what comes out survives JSON', () => {
  const scores = toScores({ pixel: { ...pixel, f1Max: Number.NaN }, image });
  expect(JSON.parse(JSON.stringify(scores))).toEqual(scores);
});
