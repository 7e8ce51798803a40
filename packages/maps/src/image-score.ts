import { ShapeError } from '@rddpm/core';
import type { NdArray } from 'ndarray';
import { rowMajor } from './row-major.ts';

/**
 * An image's score: the largest value of its map, in the map's unit; NaN if the map holds a NaN.
 *
 * `poolMap` of `@rddpm/metrics` has the same maximum, and other ways to reduce a map. It stands there again because neither package may
 * import the other; there, a map that isn't finite is an error.
 *
 * @param map The pixels of one map, in any order.
 * @throws {ShapeError} for no pixels.
 */
export function imageScore(map: ArrayLike<number>): number {
  if (map.length === 0) throw new ShapeError('imageScore: map is empty; it must hold at least one pixel');
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < map.length; i++) max = Math.max(max, map[i]!);
  return max;
}

/**
 * `imageScore` of each map.
 *
 * @param maps [n, h, w]; a view is read as what it shows.
 * @returns [n]
 * @throws {ShapeError} for another rank, or maps without pixels.
 */
export function imageScores(maps: NdArray<Float32Array>): Float64Array {
  if (maps.shape.length !== 3) throw new ShapeError(`imageScores: maps is [${maps.shape}]; it must be [n, h, w]`);
  const [n, h, w] = maps.shape as [number, number, number];
  const values = rowMajor(maps);
  return Float64Array.from({ length: n }, (_, i) => imageScore(values.subarray(i * h * w, (i + 1) * h * w)));
}
