import { ConfigError, createRng, FormatError, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import {
  calibrateByAppearance,
  calibrateByPosition,
  calibrated,
  decodeCalibration,
  encodeCalibration,
  type MapCalibration,
} from '../src/index.ts';

/** Three maps of 1 x 2 pixels. */
const maps = ndarray(Float32Array.of(1, 10, 3, 20, 2, 90), [3, 1, 2]);
const shades = ndarray(Float32Array.of(0, 0.1, 0.2, 0.3, 0.4, 0.5), [3, 1, 2, 1]);

test('of each position the median, and a floor of 0.3 of their mean', () => {
  const calibration = calibrateByPosition(maps);
  const { median, floor } = calibration;
  expect([median.shape, [...median.data]]).toEqual([
    [1, 2],
    [2, 20],
  ]);
  expect(floor).toBeCloseTo(0.3 * 11, 12);
  const { data } = calibrated(ndarray(Float32Array.of(2, 20, 20, 2), [2, 1, 2]), calibration);
  for (const [i, value] of [2 / 5.3, 20 / 23.3, 20 / 5.3, 2 / 23.3].entries()) expect(data[i]).toBeCloseTo(value, 6);
});

test('half by position: divided by the square root', () => {
  const half = { ...calibrateByPosition(maps), kind: 'half-position' } as const;
  const { data } = calibrated(ndarray(Float32Array.of(2, 20), [1, 1, 2]), half);
  expect(data[0]).toBeCloseTo(2 / Math.sqrt(5.3), 6);
  expect(data[1]).toBeCloseTo(20 / Math.sqrt(23.3), 6);
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
  const goesThere = (it: MapCalibration) => decodeCalibration(JSON.parse(JSON.stringify(encodeCalibration(it))), { width: 2, height: 1 });
  expect(goesThere(calibration)).toEqual(calibration);
  const appearance = calibrateByAppearance(maps, shades);
  for (const it of [
    { ...calibration, kind: 'half-position' } as const,
    appearance,
    { kind: 'both', position: calibration, appearance } as const,
  ])
    expect(goesThere(it)).toEqual(it);
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

/** Pictures of waves at any place, steep on their left half, and residuals that grow with the slope. */
function waves(n: number, label: string) {
  const rng = createRng(label);
  const pictures = ndarray(new Float32Array(n * 32 * 32), [n, 32, 32, 1]);
  const residuals = ndarray(new Float32Array(n * 32 * 32), [n, 32, 32]);
  const scale = new Float64Array(n * 32 * 32);
  for (let i = 0, at = 0; i < n; i++) {
    const [phase, side] = [32 * rng.uniform(), rng.integer(2)];
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++, at++) {
        const amplitude = x < 16 === (side === 0) ? 0.4 : 0.02;
        pictures.data[at] = 0.5 + amplitude * Math.sin((2 * Math.PI * (y + phase)) / 16);
        scale[at] = 0.002 + Math.abs(((amplitude * 2 * Math.PI) / 16) * Math.cos((2 * Math.PI * (y + phase)) / 16));
        residuals.data[at] = scale[at]! * Math.exp(0.5 * (rng.uniform() + rng.uniform() - 1));
      }
    }
  }
  return { pictures, residuals, scale };
}

describe('by appearance', () => {
  const seen = waves(24, 'seen');
  const calibration = calibrateByAppearance(seen.residuals, seen.pictures);

  test('finds what residuals depend on, in pictures that it has not seen, and adds 0.3 of the mean', () => {
    const { pictures, scale, residuals } = waves(4, 'others');
    const divisors = calibrated(residuals, calibration, pictures).data.map((value, i) => residuals.data[i]! / value);
    const mean = scale.reduce((sum, value) => sum + value, 0) / scale.length;
    expect(calibration.floor / (0.3 * mean)).toBeCloseTo(1, 1);
    const errors = [...divisors].map((divisor, i) => Math.abs(Math.log(divisor / (scale[i]! + 0.3 * mean)))).sort((a, b) => a - b);
    expect(errors[Math.floor(0.9 * errors.length)]).toBeLessThan(0.25); // the divisors themselves span a factor of ten
  });

  test('an image is measured alike among others and alone', () => {
    const all = calibrated(seen.residuals, calibration, seen.pictures).data;
    const alone = calibrated(seen.residuals.lo(7).hi(1), calibration, seen.pictures.lo(7).hi(1)).data;
    expect(alone).toEqual(all.slice(7 * 1024, 8 * 1024));
  });

  test('of both, it is divided by the geometric mean', () => {
    const position = calibrateByPosition(seen.residuals);
    const [p, a, both] = [position, calibration, { kind: 'both', position, appearance: calibration } as const].map(
      (it) => calibrated(seen.residuals, it, seen.pictures).data,
    );
    for (const at of [0, 500, 5000]) expect(both![at]).toBeCloseTo(Math.sqrt(p![at]! * a![at]!), 4);
  });

  test('stays finite where all is alike, and where a picture is like none before', () => {
    const flat = calibrateByAppearance(ndarray(new Float32Array(64), [1, 8, 8]), ndarray(new Float32Array(64).fill(0.5), [1, 8, 8, 1]));
    const noise = ndarray(createRng('noise').normal(new Float32Array(64)), [1, 8, 8, 1]);
    for (const it of [flat, calibration]) {
      const { data } = calibrated(ndarray(new Float32Array(64).fill(1), [1, 8, 8]), it, noise);
      expect(data.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
    }
  });

  test('refuses to go without reconstructions, and those of another size', () => {
    expect(() => calibrated(seen.residuals, calibration)).toThrow(ConfigError);
    expect(() => calibrateByAppearance(seen.residuals, seen.pictures.hi(24, 16))).toThrow(ShapeError);
    expect(() => calibrateByAppearance(ndarray(new Float32Array(0), [0, 8, 8]), ndarray(new Float32Array(0), [0, 8, 8, 1]))).toThrow(
      ShapeError,
    );
  });
});
