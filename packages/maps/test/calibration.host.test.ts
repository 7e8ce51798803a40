import { ConfigError, createRng, FormatError, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { calibrateByPosition, calibrated, decodeCalibration, encodeCalibration } from '../src/index.ts';

/** Three maps of 1 x 2 pixels. */
const maps = ndarray(Float32Array.of(1, 10, 3, 20, 2, 90), [3, 1, 2]);

test('of each position the median, and a floor of 0.3 of their mean', () => {
  const { median, floor } = calibrateByPosition(maps);
  expect([median.shape, [...median.data]]).toEqual([
    [1, 2],
    [2, 20],
  ]);
  expect(floor).toBeCloseTo(0.3 * 11, 12);
  const { data } = calibrated(ndarray(Float32Array.of(2, 20, 20, 2), [2, 1, 2]), { median, floor });
  for (const [i, value] of [2 / 5.3, 20 / 23.3, 20 / 5.3, 2 / 23.3].entries()) expect(data[i]).toBeCloseTo(value, 6);
});

test('of an even number the mean of both in the middle; of one map itself', () => {
  const two = calibrateByPosition(ndarray(Float32Array.of(1, 5, 2, 9), [2, 1, 2]));
  expect([...two.median.data]).toEqual([1.5, 7]);
  expect([...calibrateByPosition(ndarray(Float32Array.of(1, 5), [1, 1, 2])).median.data]).toEqual([1, 5]);
});

test('less than half of the images, however defective, decide nothing', () => {
  const rng = createRng('calibration');
  const normal = () => Float32Array.from({ length: 16 }, () => 1 + 0.01 * rng.uniform());
  const rows = [...Array.from({ length: 11 }, normal), ...Array.from({ length: 9 }, () => new Float32Array(16).fill(1000))];
  const { median } = calibrateByPosition(ndarray(Float32Array.from(rows.flatMap((row) => [...row])), [20, 4, 4]));
  expect(Math.max(...median.data)).toBeLessThan(1.02);
});

test('what it is in has no influence: maps in other units are calibrated alike; views are read as what they show', () => {
  const scaled = ndarray(
    maps.data.map((value) => 7 * value),
    [3, 1, 2],
  );
  const [one, other] = [maps, scaled].map((of) => [...calibrated(of, calibrateByPosition(of)).data]);
  for (const [i, value] of other!.entries()) expect(value).toBeCloseTo(one![i]!, 5);
  const turned = ndarray(Float32Array.of(1, 3, 2, 10, 20, 90), [2, 3]).transpose(1, 0);
  const view = ndarray(turned.data, [3, 1, 2], [1, 1, 3]);
  expect([...calibrateByPosition(view).median.data]).toEqual([2, 20]);
});

test('goes to text and back', () => {
  const calibration = calibrateByPosition(maps);
  const text = encodeCalibration(calibration);
  const back = decodeCalibration(JSON.parse(JSON.stringify(text)), { width: 2, height: 1 });
  expect([back.floor, back.median.shape, [...back.median.data]]).toEqual([calibration.floor, [1, 2], [2, 20]]);
  expect(() => decodeCalibration(text, { width: 2, height: 2 })).toThrow(
    new FormatError('the calibration holds 2 numbers; 2 x 2 pixels need 4'),
  );
});

test('refuses what can not work', () => {
  expect(() => calibrateByPosition(ndarray(new Float32Array(0), [0, 1, 2]))).toThrow(ShapeError);
  expect(() => calibrateByPosition(ndarray(new Float32Array(4), [2, 2]))).toThrow(ShapeError);
  expect(() => calibrateByPosition(ndarray(new Float32Array(4), [2, 1, 2]))).toThrow(ConfigError);
  expect(() => calibrated(ndarray(new Float32Array(4), [1, 2, 2]), calibrateByPosition(maps))).toThrow(
    new ShapeError('calibrated: maps are [1,2,2], but were calibrated as [n, 1,2]'),
  );
});
