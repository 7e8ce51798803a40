/** What the training set knows about its own errors: where residuals are large on what is normal, they mean less. */
import { ConfigError, FormatError, ShapeError } from '@rddpm/core';
import type { Calibration, Size } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { median } from './median.ts';
import { rowMajor } from './row-major.ts';

/** Of every position the residual that is normal there. */
export type PositionCalibration = {
  /** [h, w]: the median over training images. */
  readonly median: NdArray<Float32Array>;
  /** What is added to it, so that nothing is divided by next to nothing; in the unit of the maps. */
  readonly floor: number;
};

const FLOOR_SHARE = 0.3; // of the mean of the medians

/**
 * The medians of training images' maps, position by position, and a floor of 0.3 of their mean. Robust: up to half of the images may be defective
 * at a position.
 *
 * Dividing by it helps where parts lie still; where they don't, medians are much alike everywhere and it does next to nothing.
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
  if (!(mean > 0)) throw new ConfigError('calibrateByPosition: the training images have no residual anywhere; calibrate without them');
  return { median: ndarray(medians, [h, w]), floor: FLOOR_SHARE * mean };
}

/**
 * Maps in units of what is normal at each position: map / (median + floor).
 *
 * @param maps [n, h, w], not smoothed: smoothing comes after, as it would blur what belongs to a position.
 * @throws {ShapeError} for maps of another size.
 */
export function calibrated(maps: NdArray<Float32Array>, { median, floor }: PositionCalibration): NdArray<Float32Array> {
  const [, h, w] = maps.shape as [number, number, number];
  if (maps.shape.length !== 3 || h !== median.shape[0] || w !== median.shape[1]) {
    throw new ShapeError(`calibrated: maps are [${maps.shape}], but were calibrated as [n, ${median.shape}]`);
  }
  const normal = rowMajor(median);
  return ndarray(
    rowMajor(maps).map((value, i) => value / (normal[i % normal.length]! + floor)),
    [...maps.shape],
  );
}

/** A calibration as a model's info holds it. */
export function encodeCalibration({ median, floor }: PositionCalibration): Calibration {
  const values = rowMajor(median);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { kind: 'position', floor, median: btoa(text) };
}

/** @throws {FormatError} unless there is a number for each pixel of `size`. */
export function decodeCalibration({ median: text, floor }: Calibration, { width, height }: Size): PositionCalibration {
  const bytes = Uint8Array.from(decoded(text), (letter) => letter.charCodeAt(0));
  if (bytes.length !== 4 * width * height) {
    throw new FormatError(`the calibration holds ${bytes.length / 4} numbers; ${width} x ${height} pixels need ${width * height}`);
  }
  return { median: ndarray(new Float32Array(bytes.buffer), [height, width]), floor };
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch (cause) {
    throw new FormatError('the calibration is not base64', { cause });
  }
}
