import { createRng } from '@rddpm/core';
import { gaussianSmooth } from '@rddpm/maps';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { concentratedTrimming } from '../src/index.ts';
import { peakFinder } from '../src/peaks.ts';

const [height, width] = [32, 48];
const count = 12;
const DEFECT = { row: 5, x: 40, y: 9 };

/** Maps of parts that are hard to denoise on their left half, and each as a whole more or less; one has a flaw of 3 x 3 pixels on its right. */
function mapsWithFlaw(): Float32Array {
  const noise = Float32Array.from({ length: count * height * width }, createRng(1).uniform);
  return noise.map((value, at) => {
    const [x, y, row] = [at % width, Math.floor(at / width) % height, Math.floor(at / (height * width))];
    const flawed = row === DEFECT.row && Math.abs(x - DEFECT.x) <= 1 && Math.abs(y - DEFECT.y) <= 1;
    return (x < width / 2 ? 3 : 1) * (1 + 0.1 * Math.sin(row)) * (0.9 + 0.2 * value) * (flawed ? 3 : 1);
  });
}

test('a small flaw that the mean of its image does not show is left out by the peak, which says where it is', () => {
  const values = mapsWithFlaw();
  const maps = ndarray(values, [count, height, width]);
  const found = peakFinder(maps)(maps);
  const errors = Float64Array.from({ length: count }, (_, row) => {
    const image = values.subarray(row * height * width, (row + 1) * height * width);
    return image.reduce((sum, value) => sum + value ** 2, 0) / image.length;
  });
  const peaks = {
    values: Float64Array.from(found, ({ value }) => value),
    x: Int32Array.from(found, ({ x }) => x),
    y: Int32Array.from(found, ({ y }) => y),
  };
  const leftOut = (by: 'peak' | 'mean') => {
    const { kept } = concentratedTrimming({ by }).select({ timesteps: [20], errors: [errors], peaks });
    return [...kept.keys()].filter((row) => !kept[row]);
  };
  expect(leftOut('mean')).toEqual([]);
  expect(leftOut('peak')).toEqual([DEFECT.row]);
  expect([peaks.x[DEFECT.row], peaks.y[DEFECT.row]]).toEqual([DEFECT.x, DEFECT.y]);
});

test('is the largest of the map over median + 0.3 of the mean median, smoothed by 1 and by 3 in 64ths of a side, the mean of both', () => {
  const values = mapsWithFlaw();
  const pixels = height * width;
  const medians = Array.from({ length: pixels }, (_, at) => {
    const column = Array.from({ length: count }, (_, row) => values[row * pixels + at]!).toSorted((a, b) => a - b);
    return (column[count / 2 - 1]! + column[count / 2]!) / 2;
  });
  const floor = (0.3 * medians.reduce((sum, value) => sum + value, 0)) / pixels;
  const found = peakFinder(ndarray(values, [count, height, width]))(ndarray(values, [count, height, width]));
  for (const [row, { value, x, y }] of found.entries()) {
    const measured = ndarray(
      Float32Array.from(medians, (median, at) => values[row * pixels + at]! / (median + floor)),
      [height, width],
    );
    const [narrow, wide] = [1, 3].map((sigma) => gaussianSmooth(measured, (sigma * Math.sqrt(pixels)) / 64).data);
    const both = Array.from(narrow!, (value, at) => (value + wide![at]!) / 2);
    expect(value).toBeCloseTo(Math.max(...both), 5); // float32 maps
    expect(both[y * width + x]).toBeCloseTo(value, 5);
  }
});

test('where training images have no residual, maps are measured by nothing', () => {
  const find = peakFinder(ndarray(new Float32Array(2 * 64), [2, 8, 8]));
  expect(find(ndarray(new Float32Array(64).fill(3), [1, 8, 8]))).toEqual([{ value: 3, x: 0, y: 0 }]);
});

test('what is not a number is no peak', () => {
  const maps = ndarray(new Float32Array(64).fill(1).fill(Number.NaN, 9, 10), [1, 8, 8]);
  expect(peakFinder(ndarray(new Float32Array(64).fill(1), [1, 8, 8]))(maps)[0]!.value).toBeNaN();
});
