import { ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { imageScore, imageScores } from '../src/index.ts';

test('a score is the largest value, wherever it is and whatever its sign', () => {
  expect(imageScore([0.1, 0.7, 0.2])).toBe(0.7);
  expect(imageScore(Float64Array.of(-3, -1, -2))).toBe(-1);
  expect(imageScore(Float32Array.of(5))).toBe(5);
  expect(imageScore([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
});

test('a NaN stays, so that it is seen', () => {
  expect(imageScore([1, Number.NaN, 2])).toBeNaN();
});

test('each map has its own score', () => {
  const maps = ndarray(Float32Array.of(1, 2, 3, 4, 8, 7, 6, 5, 0, 0, 0, 0.5), [3, 2, 2]);
  expect([...imageScores(maps)]).toEqual([4, 8, 0.5]);
  expect([...imageScores(maps.hi(3, 1, 2))]).toEqual([2, 8, 0]); // a view: the first rows
  expect([...imageScores(maps.transpose(1, 0, 2))]).toEqual([8, 6]);
  expect(imageScores(ndarray(new Float32Array(0), [0, 2, 2]))).toHaveLength(0);
});

test('refuses another rank and maps without pixels', () => {
  expect(() => imageScore([])).toThrow(ShapeError);
  expect(() => imageScores(ndarray(new Float32Array(4), [2, 2]))).toThrow(
    new ShapeError('imageScores: maps is [2,2]; it must be [n, h, w]'),
  );
  expect(() => imageScores(ndarray(new Float32Array(0), [2, 0, 2]))).toThrow(ShapeError);
});
