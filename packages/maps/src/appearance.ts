/** Predicts, from what a reconstruction shows around a pixel, the residual that is normal there: more at an edge than on plain ground, say, wherever it lies. */
import { ShapeError } from '@rddpm/core';
import type { EncodedAppearance } from '@rddpm/core/contracts';
import type { NdArray } from 'ndarray';
import { smoothed } from './gaussian-smooth.ts';
import { medianRegression } from './median-regression.ts';
import { rowMajor } from './row-major.ts';

/** The residual that is normal for what is seen at a pixel. */
export type AppearanceCalibration = { readonly kind: 'appearance' } & EncodedAppearance;

const FEATURES = 9;
const TERMS = 1 + FEATURES + (FEATURES * (FEATURES + 1)) / 2;
const FARTHEST = 4; // features are clipped to so many deviations from their mean
const FLOOR_SHARE = 0.3; // of the mean of what is expected
const SAMPLE = 20_000; // pixels, plenty for 55 weights
const LEAST_RESIDUAL = 1e-5; // added before the logarithm, for pixels whose residual is 0
const LARGEST = 50; // logarithms are clipped to it, so that exp doesn't overflow where an image is unlike all of the sample

/**
 * A regression to the median of log residuals, on the features of the reconstruction and their products; and a floor of 0.3 of the mean that it expects.
 * Of at most 20,000 pixels, spread over all images alike.
 *
 * Dividing by it helps where residuals are large on some structures whatever their place, and it needs no parts that lie still.
 *
 * @param maps [n, h, w] of training images, not smoothed.
 * @param reconstructions [n, h, w, c] in [0, 1], and not the images: a defect is hardly to be seen in a reconstruction.
 * @throws {ShapeError} for other shapes, or no images.
 */
export function calibrateByAppearance(maps: NdArray<Float32Array>, reconstructions: NdArray<Float32Array>): AppearanceCalibration {
  const [n, h, w] = maps.shape as [number, number, number];
  assertAlike('calibrateByAppearance', maps.shape, reconstructions.shape);
  if (n === 0) throw new ShapeError('calibrateByAppearance: there are no images');
  const values = rowMajor(maps);
  const pixels = h * w;
  const perImage = Math.min(pixels, Math.ceil(SAMPLE / n));
  const features = new Float64Array(n * perImage * FEATURES);
  const logs = new Float64Array(n * perImage);
  let [first, at] = [0, 0];
  for (const ofImage of featuresOf(reconstructions)) {
    for (let k = 0; k < perImage; k++, at++) {
      const pixel = perImage === pixels ? k : spread(at, pixels);
      features.set(ofImage.subarray(pixel * FEATURES, (pixel + 1) * FEATURES), at * FEATURES);
      logs[at] = Math.log(values[first + pixel]! + LEAST_RESIDUAL);
    }
    first += pixels;
  }
  const { means, deviations } = momentsOf(features);
  const rows = new Float64Array(logs.length * TERMS);
  for (let at = 0; at < logs.length; at++) {
    writeTerms(rows.subarray(at * TERMS, (at + 1) * TERMS), features, at * FEATURES, means, deviations);
  }
  const weights = medianRegression(rows, logs);
  let total = 0;
  for (let at = 0; at < logs.length; at++) total += expected(rows.subarray(at * TERMS, (at + 1) * TERMS), weights);
  return { kind: 'appearance', floor: (FLOOR_SHARE * total) / logs.length, weights: [...weights], means, deviations };
}

/** What is expected at each pixel, with the floor: n · h · w numbers, row by row. An image's depend on nothing but the image. */
export function appearanceDivisors(
  { floor, weights, means, deviations }: EncodedAppearance,
  reconstructions: NdArray<Float32Array>,
): Float64Array {
  const [n, h, w] = reconstructions.shape as [number, number, number];
  const divisors = new Float64Array(n * h * w);
  const terms = new Float64Array(TERMS);
  let at = 0;
  for (const features of featuresOf(reconstructions)) {
    for (let pixel = 0; pixel < h * w; pixel++) {
      writeTerms(terms, features, pixel * FEATURES, means, deviations);
      divisors[at++] = expected(terms, weights) + floor;
    }
  }
  return divisors;
}

/** @throws {ShapeError} unless there is a reconstruction of every map's size. */
export function assertAlike(where: string, maps: readonly number[], reconstructions: readonly number[]): void {
  if (maps.length === 3 && reconstructions.length === 4 && `${reconstructions.slice(0, 3)}` === `${maps}`) return;
  throw new ShapeError(`${where}: maps is [${maps}], reconstructions [${reconstructions}]; they must be [n, h, w] and [n, h, w, c]`);
}

/** The k-th place of an even spread that is in step with neither rows nor columns: multiples of the golden ratio, modulo 1. */
const spread = (k: number, pixels: number) => Math.floor(((k * 0.6180339887498949) % 1) * pixels);

function expected(terms: Float64Array, weights: ArrayLike<number>): number {
  let log = 0;
  for (let i = 0; i < TERMS; i++) log += terms[i]! * weights[i]!;
  return Math.exp(Math.max(-LARGEST, Math.min(LARGEST, log)));
}

/** 1, the standardised features, and all their products. */
function writeTerms(
  terms: Float64Array,
  features: Float64Array,
  at: number,
  means: readonly number[],
  deviations: readonly number[],
): void {
  terms[0] = 1;
  for (let i = 0; i < FEATURES; i++) {
    const z = (features[at + i]! - means[i]!) / deviations[i]!;
    terms[1 + i] = Math.max(-FARTHEST, Math.min(FARTHEST, z));
  }
  for (let i = 0, to = 1 + FEATURES; i < FEATURES; i++) {
    for (let j = i; j < FEATURES; j++) terms[to++] = terms[1 + i]! * terms[1 + j]!;
  }
}

function momentsOf(features: Float64Array): { means: number[]; deviations: number[] } {
  const n = features.length / FEATURES;
  const means = new Array<number>(FEATURES).fill(0);
  const squares = new Array<number>(FEATURES).fill(0);
  features.forEach((value, at) => {
    means[at % FEATURES]! += value / n;
  });
  features.forEach((value, at) => {
    squares[at % FEATURES]! += (value - means[at % FEATURES]!) ** 2 / n;
  });
  return { means, deviations: squares.map((square) => Math.sqrt(square) + 1e-6) };
}

/**
 * Of each image nine numbers per pixel: its brightness as it is and at three scales, the logarithm of its slope as it is and at two of them, and of how
 * much brightness varies around it at these. A scale is a share of the side, so that they mean the same at every size.
 */
function* featuresOf(reconstructions: NdArray<Float32Array>): Generator<Float64Array> {
  const [n, h, w, c] = reconstructions.shape as [number, number, number, number];
  const values = rowMajor(reconstructions);
  const pixels = h * w;
  const unit = Math.sqrt(pixels) / 64;
  for (let i = 0; i < n; i++) {
    const brightness = new Float64Array(pixels);
    for (let at = 0; at < pixels * c; at++) brightness[Math.floor(at / c)]! += values[i * pixels * c + at]! / c;
    const squares = brightness.map((value) => value * value);
    const scales = [1, 2, 4].map((sigma) => smoothed(brightness, [h, w], sigma * unit));
    const planes = [
      brightness,
      ...scales,
      ...[brightness, ...scales.slice(0, 2)].map((plane) => slopeOf(plane, [h, w]).map((slope) => Math.log(slope * unit + 1e-3))),
      ...[1, 2].map((sigma, k) => {
        const mean = scales[k]!;
        return smoothed(squares, [h, w], sigma * unit).map((square, at) =>
          Math.log(Math.sqrt(Math.max(0, square - mean[at]! ** 2)) + 1e-3),
        );
      }),
    ];
    const features = new Float64Array(pixels * FEATURES);
    for (const [k, plane] of planes.entries()) for (let at = 0; at < pixels; at++) features[at * FEATURES + k] = plane[at]!;
    yield features;
  }
}

/** The length of the gradient by central differences, at the edges by one-sided ones. */
function slopeOf(plane: Float64Array, [h, w]: readonly [number, number]): Float64Array {
  const slope = new Float64Array(h * w);
  for (let y = 0, at = 0; y < h; y++) {
    const [above, below] = [Math.max(0, y - 1), Math.min(h - 1, y + 1)];
    for (let x = 0; x < w; x++) {
      const [left, right] = [Math.max(0, x - 1), Math.min(w - 1, x + 1)];
      const down = (plane[below * w + x]! - plane[above * w + x]!) / Math.max(1, below - above);
      const across = (plane[y * w + right]! - plane[y * w + left]!) / Math.max(1, right - left);
      slope[at++] = Math.sqrt(down * down + across * across);
    }
  }
  return slope;
}
