/** Residuals in units of what is normal: where they are large on training images already, a large residual means less. */
import { ConfigError, FormatError, ShapeError, withoutFields } from '@rddpm/core';
import type { Calibration, EncodedPosition, Size } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { type AppearanceCalibration, appearanceDivisors, assertAlike } from './appearance.ts';
import { median } from './median.ts';
import { rowMajor } from './row-major.ts';

/** The residual that is normal at each position. */
export type PositionCalibration = {
  /** Of 'half-position', maps are divided by the square root. */
  readonly kind: 'position' | 'half-position';
  /** [h, w]: the median over training images. */
  readonly median: NdArray<Float32Array>;
  /** Added to the median, so that no pixel is divided by almost 0; in the unit of the maps. */
  readonly floor: number;
};

/** What maps are divided by; of kind 'both', by the geometric mean of the two divisors. */
export type MapCalibration =
  | PositionCalibration
  | AppearanceCalibration
  | { readonly kind: 'both'; readonly position: PositionCalibration; readonly appearance: AppearanceCalibration };

const FLOOR_SHARE = 0.3; // of the mean of the medians

/**
 * The medians of training images' maps, position by position, and a floor of 0.3 of their mean. Robust: up to half of the images may be defective
 * at a position.
 *
 * Dividing by it helps where parts lie at the same place in all images. Where they don't, medians are much alike everywhere, and it changes little.
 *
 * @param maps [n, h, w] of training images, not smoothed.
 * @throws {ShapeError} for another rank or no maps; {ConfigError} where all medians are 0: there is nothing to measure residuals by.
 */
export function calibrateByPosition(maps: NdArray<Float32Array>): PositionCalibration {
  const [n, h, w] = maps.shape as [number, number, number];
  if (maps.shape.length !== 3 || n === 0)
    throw new ShapeError(`calibrateByPosition: maps is [${maps.shape}]; it must be [n, h, w] with n of at least 1`);
  const values = rowMajor(maps);
  const pixels = h * w;
  const column = new Float64Array(n);
  const medians = new Float32Array(pixels);
  for (let at = 0; at < pixels; at++) {
    for (let i = 0; i < n; i++) column[i] = values[i * pixels + at]!;
    medians[at] = median(column.toSorted());
  }
  const mean = medians.reduce((sum, value) => sum + value, 0) / pixels;
  if (!(mean > 0))
    throw new ConfigError(
      'calibrateByPosition: at every position most training images have a residual of 0, so there is nothing to divide by; leave the maps uncalibrated',
    );
  return { kind: 'position', median: ndarray(medians, [h, w]), floor: FLOOR_SHARE * mean };
}

/**
 * Maps in units of what is normal: each pixel divided by the residual that is normal there, and the floor.
 *
 * @param maps [n, h, w], not smoothed: smoothing comes after, as it would blur what belongs to a pixel.
 * @param reconstructions [n, h, w, c] in [0, 1], for all calibrations but those by position alone.
 * @throws {ShapeError} for maps of another size; {ConfigError} without the reconstructions that it takes.
 */
export function calibrated(
  maps: NdArray<Float32Array>,
  calibration: MapCalibration,
  reconstructions?: NdArray<Float32Array>,
): NdArray<Float32Array> {
  const divisors = divisorsOf(maps.shape, calibration, reconstructions);
  return ndarray(
    rowMajor(maps).map((value, i) => value / divisors[i]!),
    [...maps.shape],
  );
}

/** What `calibrated` divides by: a number for each pixel of maps of this shape. */
export function divisorsOf(
  shape: readonly number[],
  calibration: MapCalibration,
  reconstructions: NdArray<Float32Array> | undefined,
): Float64Array {
  switch (calibration.kind) {
    case 'position':
    case 'half-position': {
      const [n, h, w] = shape as [number, number, number];
      const { median, floor } = calibration;
      if (shape.length !== 3 || h !== median.shape[0] || w !== median.shape[1]) {
        throw new ShapeError(`calibrated: maps are [${shape}], but were calibrated as [n, ${median.shape}]`);
      }
      const power = calibration.kind === 'position' ? 1 : 0.5;
      const ofOne = Float64Array.from(rowMajor(median), (normal) => (normal + floor) ** power);
      const divisors = new Float64Array(n * h * w);
      for (let i = 0; i < n; i++) divisors.set(ofOne, i * h * w);
      return divisors;
    }
    case 'appearance':
      if (!reconstructions)
        throw new ConfigError(
          'calibrated: this calibration goes by what is seen in reconstructions, but there are none; pass them as the third argument',
        );
      assertAlike('calibrated', shape, reconstructions.shape);
      return appearanceDivisors(calibration, reconstructions);
    case 'both': {
      const byPosition = divisorsOf(shape, calibration.position, reconstructions);
      return divisorsOf(shape, calibration.appearance, reconstructions).map((divisor, i) => Math.sqrt(divisor * byPosition[i]!));
    }
  }
}

/** A calibration as a model's info holds it. */
export function encodeCalibration(calibration: MapCalibration): Calibration {
  switch (calibration.kind) {
    case 'position':
    case 'half-position':
      return { kind: calibration.kind, ...encodedPosition(calibration) };
    case 'appearance':
      return calibration;
    case 'both': {
      const appearance = withoutFields(calibration.appearance, 'kind');
      return { kind: 'both', position: encodedPosition(calibration.position), appearance };
    }
  }
}

/** @throws {FormatError} unless there is a number for each pixel of `size`. */
export function decodeCalibration(calibration: Calibration, size: Size): MapCalibration {
  switch (calibration.kind) {
    case 'position':
    case 'half-position':
      return { ...decodedPosition(calibration, size), kind: calibration.kind };
    case 'appearance':
      return calibration;
    case 'both':
      return {
        kind: 'both',
        position: decodedPosition(calibration.position, size),
        appearance: { kind: 'appearance', ...calibration.appearance },
      };
  }
}

function encodedPosition({ median, floor }: PositionCalibration): EncodedPosition {
  const values = rowMajor(median);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { floor, median: btoa(text) };
}

function decodedPosition({ median: text, floor }: EncodedPosition, { width, height }: Size): PositionCalibration {
  const bytes = Uint8Array.from(decoded(text), (letter) => letter.charCodeAt(0));
  if (bytes.length !== 4 * width * height) {
    throw new FormatError(`the calibration holds ${bytes.length / 4} numbers; ${width} x ${height} pixels need ${width * height}`);
  }
  return { kind: 'position', median: ndarray(new Float32Array(bytes.buffer), [height, width]), floor };
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch (cause) {
    throw new FormatError('the calibration is not base64', { cause });
  }
}
