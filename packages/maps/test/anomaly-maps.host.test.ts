import { expectClose } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { anomalyMaps, gaussianSmooth, residualMaps } from '../src/index.ts';

// two pixels of three channels, differing by 0.1, 0.2, 0.6 and by 0, -0.3, 0
const images = ndarray(Float32Array.of(0.5, 0.5, 1, 0.2, 0.2, 0.2), [1, 1, 2, 3]);
const reconstructions = ndarray(Float32Array.of(0.4, 0.3, 0.4, 0.2, 0.5, 0.2), [1, 1, 2, 3]);

test.each([
  ['squared', 'mean', [0.41 / 3, 0.09 / 3]],
  ['squared', 'max', [0.36, 0.09]],
  ['squared', 'sum', [0.41, 0.09]],
  ['absolute', 'mean', [0.3, 0.1]],
  ['absolute', 'max', [0.6, 0.3]],
  ['absolute', 'sum', [0.9, 0.3]],
] as const)('the %s error with the %s over channels', (error, channels, expected) => {
  const maps = residualMaps(images, reconstructions, { error, channelReduction: channels });
  expect(maps.shape).toEqual([1, 1, 2]);
  expectClose(maps.data, expected, 1e-6);
});

test('by default the squared error is averaged and smoothed', () => {
  const batch = (at: number, pixel: number) => {
    const images = ndarray(new Float32Array(2 * 64 * 64), [2, 64, 64, 1]);
    images.set(at, 30, 20, 0, pixel);
    return images;
  };
  const maps = anomalyMaps(batch(1, 0.5), batch(0, 1));
  const bare = residualMaps(batch(1, 0.5), batch(0, 1));
  expect(bare.get(0, 30, 20)).toBe(1);
  expect(bare.get(1, 30, 20)).toBe(0.25);
  const [narrow, wide] = [1, 3].map((sigma) => gaussianSmooth(bare, sigma).data); // at 64 pixels
  expectClose(
    maps.data,
    narrow!.map((value, i) => (value + wide![i]!) / 2),
    1e-8, // float32
  );
  const unsmoothed = anomalyMaps(batch(1, 0.5), batch(0, 1), { smoothing: { sigma: 0, unit: 'pixels' } });
  expectClose(unsmoothed.data, bare.data, 0);
});

test('refuses other shapes and options that do not exist', () => {
  expect(() => anomalyMaps(images, ndarray(new Float32Array(3), [1, 1, 1, 3]))).toThrow(ShapeError);
  expect(() => anomalyMaps(images, reconstructions, { error: 'cubed' as never })).toThrow(ConfigError);
  expect(() => anomalyMaps(images, reconstructions, { error: 'cubed' as never })).toThrow(
    "error is 'cubed'; it must be one of squared, absolute",
  );
  expect(() => anomalyMaps(images, reconstructions, { channelReduction: 'min' as never })).toThrow(/mean, max, sum/);
  expect(() => residualMaps(images, reconstructions.hi(1, 1, 2, 2))).toThrow(
    new ShapeError('residualMaps: images is [1,1,2,3], reconstructions [1,1,2,2]; both must be the same [n, h, w, c]'),
  );
  expect(() => residualMaps(images, reconstructions, { channelReduction: 'min' as never })).toThrow(
    /^residualMaps: channelReduction is 'min'/,
  );
});
