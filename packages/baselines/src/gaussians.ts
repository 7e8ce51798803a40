/** Gaussians, one at each position or one for all: their sums, their Cholesky factors, and distances. Never an inverse. */
import { ConfigError, type HostTensor } from '@rddpm/core';
import type { Statistic } from './positions.ts';

/** Sums of numbers [dims] and of their products, at several places; in float64, whatever the number of images. */
export type Moments = {
  readonly dims: number;
  /** [places] */
  readonly counts: Float64Array;
  /** [places, dims] */
  readonly sums: Float64Array;
  /** [places, dims (dims + 1) / 2]: the lower triangle, row by row. */
  readonly products: Float64Array;
};

export const triangle = (dims: number) => (dims * (dims + 1)) / 2;

export const momentsOf = (places: number, dims: number): Moments => ({
  dims,
  counts: new Float64Array(places),
  sums: new Float64Array(places * dims),
  products: new Float64Array(places * triangle(dims)),
});

/** Counts the `dims` numbers of `values` from `from` on at a place. */
export function addTo({ dims, counts, sums, products }: Moments, place: number, values: Float32Array | Float64Array, from: number): void {
  counts[place]!++;
  let product = place * triangle(dims);
  for (let i = 0; i < dims; i++) {
    const value = values[from + i]!;
    sums[place * dims + i]! += value;
    for (let j = 0; j <= i; j++) products[product++]! += value * values[from + j]!;
  }
}

/** Counts the first `n` rows of `values` at the first place: four at once, as the sums are many more than what is added. */
function addAll(moments: Moments, values: Float64Array, n: number): void {
  const { dims, counts, sums, products } = moments;
  let row = 0;
  for (; row + 3 < n; row += 4) {
    const a = row * dims;
    const b = a + dims;
    const c = b + dims;
    const d = c + dims;
    let product = 0;
    for (let i = 0; i < dims; i++) {
      const e = values[a + i]!;
      const f = values[b + i]!;
      const g = values[c + i]!;
      const h = values[d + i]!;
      sums[i]! += e + f + g + h;
      for (let j = 0; j <= i; j++)
        products[product++]! += e * values[a + j]! + f * values[b + j]! + (g * values[c + j]! + h * values[d + j]!);
    }
  }
  counts[0]! += row;
  for (; row < n; row++) addTo(moments, 0, values, row * dims);
}

/** What both have counted, place by place. */
export function together(a: Moments, b: Moments): Moments {
  const sum = (x: Float64Array, y: Float64Array) => x.map((value, i) => value + y[i]!);
  return { dims: a.dims, counts: sum(a.counts, b.counts), sums: sum(a.sums, b.sums), products: sum(a.products, b.products) };
}

/** What some places have counted, as one. */
export function pooled({ dims, counts, sums, products }: Moments, places: ArrayLike<number>): Moments {
  const one = momentsOf(1, dims);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    one.counts[0]! += counts[place]!;
    for (let k = 0; k < dims; k++) one.sums[k]! += sums[place * dims + k]!;
    for (let k = 0; k < triangle(dims); k++) one.products[k]! += products[place * triangle(dims) + k]!;
  }
  return one;
}

/** [triangle]: by the number of what was counted, not one less; zeros of nothing. */
export function covarianceAt({ dims, counts, sums, products }: Moments, place: number): Float64Array {
  const n = Math.max(1, counts[place]!);
  const covariance = new Float64Array(triangle(dims));
  let at = 0;
  for (let i = 0; i < dims; i++) {
    const mean = sums[place * dims + i]! / n;
    for (let j = 0; j <= i; j++, at++) covariance[at] = products[place * triangle(dims) + at]! / n - (mean * sums[place * dims + j]!) / n;
  }
  return covariance;
}

/** A Gaussian in `gaussianSize` numbers: the mean, and the lower triangle L, row by row, of covariance + ridge · I = L Lᵀ. */
export const gaussianSize = (dims: number) => dims + triangle(dims);

/** @throws {ConfigError} where the ridge is lost beside the variances. */
export function gaussianAt(moments: Moments, place: number, ridge: number): Float64Array {
  const { dims, counts, sums } = moments;
  const gaussian = new Float64Array(gaussianSize(dims));
  for (let i = 0; i < dims; i++) gaussian[i] = sums[place * dims + i]! / Math.max(1, counts[place]!);
  const covariance = covarianceAt(moments, place);
  for (let i = 0; i < dims; i++) covariance[triangle(i + 1) - 1]! += ridge;
  const factor = cholesky(covariance, dims);
  if (!factor) {
    throw new ConfigError(
      `ridge is ${ridge}, which is lost in float64 beside variances of up to ${Math.max(...covariance)}; it must be larger`,
    );
  }
  gaussian.set(factor, dims);
  return gaussian;
}

/** [places, gaussianSize] */
export function gaussiansOf(moments: Moments, ridge: number): Float32Array {
  const size = gaussianSize(moments.dims);
  const gaussians = new Float32Array(moments.counts.length * size);
  for (let place = 0; place < moments.counts.length; place++) gaussians.set(gaussianAt(moments, place, ridge), place * size);
  return gaussians;
}

/** A Gaussian as what is normal at a position. */
export function gaussianStatistic(dims: number, ridge: number): Statistic {
  const rest = new Float64Array(dims);
  return {
    size: gaussianSize(dims),
    fit(values, n) {
      const moments = momentsOf(1, dims);
      addAll(moments, values, n);
      return gaussianAt(moments, 0, ridge);
    },
    distances: (values, n, gaussian) => Float64Array.from({ length: n }, (_, i) => squaredDistance(values, i * dims, gaussian, 0, rest)),
  };
}

/**
 * The squared Mahalanobis distance of the numbers from `from` on to the Gaussian from `at` on, by forward substitution.
 *
 * @param rest [dims], written over.
 */
export function squaredDistance(
  values: Float32Array | Float64Array,
  from: number,
  gaussians: Float32Array | Float64Array,
  at: number,
  rest: Float64Array,
): number {
  const dims = rest.length;
  let sum = 0;
  let factor = at + dims;
  for (let i = 0; i < dims; i++) {
    const value = (values[from + i]! - gaussians[at + i]! - product(gaussians, factor, rest, 0, i)) / gaussians[factor + i]!;
    factor += i + 1;
    rest[i] = value;
    sum += value * value;
  }
  return sum;
}

/** The inner product of `length` numbers, from their places on: four sums, as one alone would wait for itself at each step. */
function product(a: Float32Array | Float64Array, from: number, b: Float64Array, at: number, length: number): number {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s += a[from + k]! * b[at + k]!;
    t += a[from + k + 1]! * b[at + k + 1]!;
    u += a[from + k + 2]! * b[at + k + 2]!;
    v += a[from + k + 3]! * b[at + k + 3]!;
  }
  for (; k < length; k++) s += a[from + k]! * b[at + k]!;
  return s + t + (u + v);
}

/** Half the logarithm of the determinant of covariance + ridge · I. */
export function logScale(gaussians: Float32Array, at: number, dims: number): number {
  let sum = 0;
  for (let i = 1; i <= dims; i++) sum += Math.log(gaussians[at + dims + triangle(i) - 1]!);
  return sum;
}

/** @param matrix The lower triangle, row by row. @returns That of the factor; undefined if a pivot isn't positive. */
function cholesky(matrix: Float64Array, dims: number): Float64Array | undefined {
  const factor = new Float64Array(matrix.length);
  for (let i = 0; i < dims; i++) {
    const row = triangle(i);
    for (let j = 0; j <= i; j++) {
      const above = triangle(j);
      const value = matrix[row + j]! - product(factor, row, factor, above, j);
      if (j < i) factor[row + j] = value / factor[above + j]!;
      else if (value > 0) factor[row + i] = Math.sqrt(value);
      else return undefined;
    }
  }
  return factor;
}

/** Of models. @property mean [h, w, dims]; h and w are 1 where one Gaussian is for all. @property factor [h, w, dims (dims + 1) / 2]: L, row by row. */
export type GaussianTensors = { readonly mean: HostTensor; readonly factor: HostTensor };

/** @param gaussians [h · w, gaussianSize] */
export function asTensors(gaussians: Float32Array, [h, w]: readonly [number, number], dims: number): GaussianTensors {
  const size = gaussianSize(dims);
  const part = (from: number, length: number): HostTensor => {
    const data = new Float32Array(h * w * length);
    for (let at = 0; at < h * w; at++) data.set(gaussians.subarray(at * size + from, at * size + from + length), at * length);
    return { shape: [h, w, length], data };
  };
  return { mean: part(0, dims), factor: part(dims, triangle(dims)) };
}

/** @returns [h · w, gaussianSize] */
export function fromTensors({ mean, factor }: GaussianTensors): Float32Array {
  const [h, w, dims] = mean.shape as [number, number, number];
  const size = gaussianSize(dims);
  const gaussians = new Float32Array(h * w * size);
  for (let at = 0; at < h * w; at++) {
    gaussians.set(mean.data.subarray(at * dims, (at + 1) * dims), at * size);
    gaussians.set(factor.data.subarray(at * triangle(dims), (at + 1) * triangle(dims)), at * size + dims);
  }
  return gaussians;
}

/** Mahalanobis distances of an image's features to the Gaussian at each pixel, or to the only one. @param into [pixels] */
export function distancesInto(into: Float32Array, features: Float32Array, gaussians: Float32Array, dims: number): void {
  const step = gaussians.length === gaussianSize(dims) ? 0 : gaussianSize(dims);
  const rest = new Float64Array(dims);
  for (let at = 0; at < into.length; at++) into[at] = Math.sqrt(squaredDistance(features, at * dims, gaussians, at * step, rest));
}
