import { ConfigError, ShapeError } from '@rddpm/core';
import ndarray, { type NdArray } from 'ndarray';
import { rowMajor } from './row-major.ts';

const TRUNCATE = 4; // standard deviations

/**
 * Gaussian filter of one map [h, w] or of each of [n, h, w], mirrored at the edges (d c b a | a b c d | d c b a), cut at 4σ:
 * scipy's `gaussian_filter` with its defaults. Computed in float64.
 *
 * @param map [h, w] or [n, h, w], in any unit; a view is read as what it shows.
 * @param sigma Standard deviation, in pixels of this map; 0 leaves the map as it is. (`smoothMaps` knows another unit.)
 * @returns A new array, shaped like the map and in its unit.
 * @throws {ShapeError} for another rank; {ConfigError} unless sigma is finite and at least 0.
 */
export function gaussianSmooth(map: NdArray<Float32Array>, sigma: number): NdArray<Float32Array> {
  if (map.shape.length !== 2 && map.shape.length !== 3) {
    throw new ShapeError(`gaussianSmooth: map is [${map.shape}]; it must be [h, w] or [n, h, w]`);
  }
  if (!(Number.isFinite(sigma) && sigma >= 0)) {
    throw new ConfigError(`gaussianSmooth: sigma is ${sigma}; it must be a finite number of at least 0`);
  }
  const [h, w] = map.shape.slice(-2) as [number, number];
  return ndarray(Float32Array.from(smoothed(rowMajor(map), [h, w], sigma)), [...map.shape]);
}

/** `gaussianSmooth` of maps that lie one after the other, row by row, and in float64 to the end. */
export function smoothed(values: Float32Array | Float64Array, [h, w]: readonly [number, number], sigma: number): Float64Array {
  const weights = gaussianWeights(sigma);
  return convolve(convolve(values, { length: h, stride: w }, weights), { length: w, stride: 1 }, weights);
}

/** Normalised weights at the distances -r … r. */
function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  if (radius === 0) return Float64Array.of(1);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Along one axis of a row-major array: neighbours lie `stride` apart, lines hold `length` values. */
function convolve(values: Float32Array | Float64Array, { length, stride }: { length: number; stride: number }, weights: Float64Array) {
  const radius = (weights.length - 1) / 2;
  const sources = Int32Array.from({ length: length + 2 * radius }, (_, i) => mirrored(i - radius, length) * stride);
  const line = new Float64Array(sources.length);
  const result = new Float64Array(values.length);
  for (let block = 0; block < values.length; block += length * stride) {
    for (let first = block; first < block + stride; first++) {
      for (let i = 0; i < line.length; i++) line[i] = values[first + sources[i]!]!;
      for (let position = 0; position < length; position++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * line[position + k]!;
        result[first + position * stride] = sum;
      }
    }
  }
  return result;
}

/** The index that a position beyond the edges falls on, however far: the pattern repeats every 2 lengths. */
function mirrored(position: number, length: number): number {
  const period = 2 * length;
  const wrapped = ((position % period) + period) % period;
  return wrapped < length ? wrapped : period - 1 - wrapped;
}
