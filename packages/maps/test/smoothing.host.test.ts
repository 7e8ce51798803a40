import { expectClose } from '@rddpm/conformance';
import { ConfigError, createRng, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { anomalyMaps, DEFAULT_SMOOTHING, gaussianSmooth, residualMaps, smoothMaps } from '../src/index.ts';

const noise = (shape: number[], seed = 1) =>
  ndarray(createRng(seed).normal(new Float32Array(shape.reduce((size, side) => size * side))), shape);

test('a pixel smoothed by two thirds of one is worked by hand', () => {
  const map = ndarray(Float32Array.of(0, 0, 0, 1, 0, 0, 0), [1, 1, 7]);
  const weights = [0, 1, 2, 3].map((distance) => Math.exp(-0.5 * (1.5 * distance) ** 2)); // exp(-d² / 2σ²)
  const total = weights[0]! + 2 * (weights[1]! + weights[2]! + weights[3]!);
  const [at, one, two, three] = weights.map((weight) => weight / total) as [number, number, number, number];
  expectClose(smoothMaps(map, { sigma: 2 / 3, unit: 'pixels' }).data, [three, two, one, at, one, two, three], 1e-7);
});

test("pixels are the map's, whatever its size", () => {
  for (const shape of [
    [2, 64, 64],
    [2, 32, 8],
  ]) {
    const maps = noise(shape);
    expect(smoothMaps(maps, { sigma: 1.5, unit: 'pixels' }).data).toEqual(gaussianSmooth(maps, 1.5).data);
  }
});

test("side/64 covers the same part of a picture at every size: at 64 pixels it's a pixel", () => {
  const square = noise([2, 64, 64]);
  expect(smoothMaps(square, { sigma: 1.5, unit: 'side/64' }).data).toEqual(gaussianSmooth(square, 1.5).data);
  const tall = noise([2, 32, 8]);
  expect(smoothMaps(tall, { sigma: 3, unit: 'side/64' }).data).toEqual(gaussianSmooth(tall, (3 * 16) / 64).data); // √(32 · 8) = 16
});

test('maps smoothed with a sigma of 0 are the maps themselves', () => {
  const maps = noise([2, 4, 5]);
  expect(smoothMaps(maps, { sigma: 0, unit: 'pixels' })).toBe(maps);
  expect(smoothMaps(maps, { sigma: 0, unit: 'side/64' })).toBe(maps);
});

test('by several sigmas, it is the mean of what each gives', () => {
  const maps = noise([3, 9, 7]);
  const [as, one, three] = [0, 1, 3].map((sigma) => smoothMaps(maps, { sigma, unit: 'pixels' }).data);
  const mean = smoothMaps(maps, { sigma: [0, 1, 3], unit: 'pixels' });
  expect(mean.shape).toEqual(maps.shape);
  expectClose(
    mean.data,
    as!.map((value, i) => (value + one![i]! + three![i]!) / 3),
    1e-6, // float32
  );
  expect(smoothMaps(maps, { sigma: [1], unit: 'pixels' }).data).toEqual(one);
});

test('smoothed residuals are anomaly maps, by default two 64ths of the side', () => {
  expect(DEFAULT_SMOOTHING).toEqual({ sigma: [1, 3], unit: 'side/64' });
  const [images, reconstructions] = [noise([2, 16, 12, 3], 2), noise([2, 16, 12, 3], 3)];
  expect(anomalyMaps(images, reconstructions).data).toEqual(smoothMaps(residualMaps(images, reconstructions), DEFAULT_SMOOTHING).data);
  const [options, smoothing] = [
    { error: 'absolute', channelReduction: 'max' },
    { sigma: 1, unit: 'pixels' },
  ] as const;
  expect(anomalyMaps(images, reconstructions, { ...options, smoothing }).data).toEqual(
    smoothMaps(residualMaps(images, reconstructions, options), smoothing).data,
  );
});

test.each([
  [{ sigma: -1, unit: 'pixels' }, 'smoothing.sigma is -1; it must be a finite number of at least 0, or some'],
  [{ sigma: Number.NaN, unit: 'pixels' }, 'smoothing.sigma is NaN; it must be a finite number of at least 0, or some'],
  [{ sigma: [], unit: 'pixels' }, 'smoothing.sigma is []; it must be a finite number of at least 0, or some'],
  [{ sigma: [1, -1], unit: 'pixels' }, 'smoothing.sigma is [1,-1]; it must be a finite number of at least 0, or some'],
  [{ sigma: 1, unit: 'cm' }, "smoothing.unit is 'cm'; it must be one of pixels, side/64"],
  [2, "smoothing is 2; it must say its unit, such as { sigma: 2, unit: 'side/64' }"],
])('refuses a smoothing of %o', (smoothing, message) => {
  const maps = noise([1, 2, 2]);
  expect(() => smoothMaps(maps, smoothing as never)).toThrow(new ConfigError(`smoothMaps: ${message}`));
  const images = noise([1, 2, 2, 1]);
  expect(() => anomalyMaps(images, images, { smoothing: smoothing as never })).toThrow(new ConfigError(`anomalyMaps: ${message}`));
});

test('refuses what is not [n, h, w], smoothed or not', () => {
  for (const sigma of [0, 1]) expect(() => smoothMaps(noise([4, 4]), { sigma, unit: 'pixels' })).toThrow(ShapeError);
});
