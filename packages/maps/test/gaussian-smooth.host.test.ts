import { expectClose } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { gaussianSmooth } from '../src/index.ts';
import golden from './goldens/scipy.json' with { type: 'json' };

const goldenMaps = () => ndarray(Float32Array.from(golden.maps.flat(2)), [2, 7, 5]);

test.each(golden.smoothed as { sigma: number; maps: number[][][] }[])(
  `smooths with sigma $sigma as ${golden.library}`,
  ({ sigma, maps }) => {
    const smoothed = gaussianSmooth(goldenMaps(), sigma);
    expect(smoothed.shape).toEqual([2, 7, 5]);
    expectClose(smoothed.data, maps.flat(2), 1e-7); // float32 of numbers below 1
  },
);

test('one map [h, w] is smoothed like each of many', () => {
  const maps = goldenMaps();
  const second = gaussianSmooth(maps.pick(1, null, null), 1);
  expect(second.shape).toEqual([7, 5]);
  expect([...second.data]).toEqual([...gaussianSmooth(maps, 1).data.slice(35)]);
});

test('a transposed view is smoothed as what it shows', () => {
  const maps = goldenMaps();
  const turned = gaussianSmooth(maps.transpose(0, 2, 1), 1);
  const straight = gaussianSmooth(maps, 1);
  for (let y = 0; y < 7; y++) for (let x = 0; x < 5; x++) expect(turned.get(1, x, y)).toBeCloseTo(straight.get(1, y, x), 7);
});

test('mirrored edges keep the sum and a flat map', () => {
  const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
  expect(total(gaussianSmooth(goldenMaps(), 2).data)).toBeCloseTo(total(goldenMaps().data), 4);
  const flat = gaussianSmooth(ndarray(new Float32Array(12).fill(0.25), [3, 4]), 5);
  expectClose(flat.data, new Float32Array(12).fill(0.25), 1e-7);
});

test('refuses another rank and a negative sigma', () => {
  expect(() => gaussianSmooth(ndarray(new Float32Array(4), [4]), 1)).toThrow(ShapeError);
  expect(() => gaussianSmooth(goldenMaps(), -1)).toThrow(ConfigError);
  expect(() => gaussianSmooth(goldenMaps(), Number.NaN)).toThrow('gaussianSmooth: sigma is NaN');
});
