import { assertOneOf, type ImageBatch, ShapeError } from '@rddpm/core';
import type { Smoothing } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { rowMajor } from './row-major.ts';
import { assertSmoothing, DEFAULT_SMOOTHING, smoothMaps } from './smoothing.ts';

export type ResidualOptions = {
  /** Of a pixel against its reconstruction, both in [0, 1]. @defaultValue 'squared' */
  readonly error?: 'squared' | 'absolute' | undefined;
  /** How a pixel's channels become one number. @defaultValue 'mean' */
  readonly channelReduction?: 'mean' | 'max' | 'sum' | undefined;
};

export type AnomalyMapOptions = ResidualOptions & {
  /** How far the maps are smoothed, and in which unit; a sigma of 0 for not at all. @defaultValue DEFAULT_SMOOTHING */
  readonly smoothing?: Smoothing | undefined;
};

/**
 * How far images are from their reconstructions, pixel by pixel, then smoothed: `smoothMaps` of `residualMaps`. Any second batch will do, such
 * as the training mean.
 *
 * @param images [n, h, w, c] in [0, 1].
 * @param reconstructions The same shape and range.
 * @returns [n, h, w], at least 0: the unit of the pixels, squared for squared errors.
 * @throws {ShapeError} unless both are [n, h, w, c] alike; {ConfigError} for options that don't exist.
 */
export function anomalyMaps(images: ImageBatch, reconstructions: ImageBatch, options: AnomalyMapOptions = {}): NdArray<Float32Array> {
  const settings = resolveMapOptions('anomalyMaps', options);
  return smoothMaps(residualsOf('anomalyMaps', images, reconstructions, settings), settings.smoothing);
}

/**
 * How far images are from their reconstructions, pixel by pixel, and nothing else: what `Scorer`s of `@rddpm/core/contracts` return.
 *
 * @param images [n, h, w, c] in [0, 1].
 * @param reconstructions The same shape and range.
 * @returns [n, h, w], at least 0: the unit of the pixels, squared for squared errors.
 * @throws {ShapeError} unless both are [n, h, w, c] alike; {ConfigError} for options that don't exist.
 */
export function residualMaps(images: ImageBatch, reconstructions: ImageBatch, options: ResidualOptions = {}): NdArray<Float32Array> {
  const { error, channelReduction } = options;
  return residualsOf('residualMaps', images, reconstructions, resolveMapOptions('residualMaps', { error, channelReduction }));
}

function residualsOf(where: string, images: ImageBatch, reconstructions: ImageBatch, settings: MapSettings): NdArray<Float32Array> {
  if (images.shape.length !== 4 || `${images.shape}` !== `${reconstructions.shape}`) {
    throw new ShapeError(
      `${where}: images is [${images.shape}], reconstructions [${reconstructions.shape}]; both must be the same [n, h, w, c]`,
    );
  }
  const [n, h, w, c] = images.shape as [number, number, number, number];
  const [a, b] = [rowMajor(images), rowMajor(reconstructions)];
  const error = ERRORS[settings.error];
  const reduce = REDUCERS[settings.channelReduction];
  const errors = Float64Array.from(a, (pixel, i) => error(pixel - b[i]!));
  const map = Float32Array.from({ length: n * h * w }, (_, i) => reduce(errors.subarray(i * c, (i + 1) * c)));
  return ndarray(map, [n, h, w]);
}

/** The options of `anomalyMaps`, all of them said. */
export type MapSettings = Required<{ [K in keyof AnomalyMapOptions]: Exclude<AnomalyMapOptions[K], undefined> }>;

/**
 * Fills in the defaults of `anomalyMaps`; `where` begins its messages, such as `'createDetector'`.
 *
 * @throws {ConfigError} for what doesn't exist, or a sigma that is not finite and at least 0.
 */
export function resolveMapOptions(
  where: string,
  { error = 'squared', channelReduction = 'mean', smoothing = DEFAULT_SMOOTHING }: AnomalyMapOptions,
): MapSettings {
  assertOneOf(`${where}: error`, error, Object.keys(ERRORS));
  assertOneOf(`${where}: channelReduction`, channelReduction, Object.keys(REDUCERS));
  assertSmoothing(where, smoothing);
  return { error, channelReduction, smoothing };
}

const ERRORS = { squared: (difference: number) => difference ** 2, absolute: Math.abs };

/** A pixel's channels to a number. */
const REDUCERS = {
  mean: (errors: Float64Array) => sumOf(errors) / errors.length,
  max: (errors: Float64Array) => errors.reduce((max, error) => Math.max(max, error)),
  sum: (errors: Float64Array) => sumOf(errors),
};

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
