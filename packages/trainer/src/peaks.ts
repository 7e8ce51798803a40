/** Where an image is denoised worse than is normal there, at its worst: a small defect, which the mean over all pixels doesn't see. */
import { ConfigError } from '@rddpm/core';
import { calibrateByPosition, calibrated, DEFAULT_SMOOTHING, smoothMaps } from '@rddpm/maps';
import type { NdArray } from 'ndarray';

/** By row of the training set. */
export type ImagePeaks = PeakPlaces & {
  /** The largest value of the image's map, in units of what is normal. */
  readonly values: Float64Array;
};

/** By row of the training set: the pixel, from 0, of what the network saw. */
export type PeakPlaces = { readonly x: Int32Array; readonly y: Int32Array };

type Peak = { readonly value: number; readonly x: number; readonly y: number };

/**
 * Maps are divided by what is normal at each position, smoothed narrowly and widely, and the mean of both has its peak.
 *
 * @param normal [n, h, w] of training images: their median at each position is what is normal there. Where they have no residual at all there is
 *   nothing to measure by, and maps stay in their unit.
 * @returns The peaks of maps [n, h, w]; each depends on its map alone.
 */
export function peakFinder(normal: NdArray<Float32Array>): (maps: NdArray<Float32Array>) => Peak[] {
  const calibration = calibrationOf(normal);
  return (maps) => {
    const [n, h, w] = maps.shape as [number, number, number];
    const measured = calibration ? calibrated(maps, calibration) : maps;
    const smoothed = smoothMaps(measured, DEFAULT_SMOOTHING).data;
    return Array.from({ length: n }, (_, image) => {
      let [value, at] = [Number.NEGATIVE_INFINITY, 0];
      for (let pixel = 0; pixel < h * w; pixel++) {
        const here = smoothed[image * h * w + pixel]!;
        if (here > value || Number.isNaN(here)) [value, at] = [here, pixel];
      }
      return { value, x: at % w, y: Math.floor(at / w) };
    });
  };
}

function calibrationOf(normal: NdArray<Float32Array>) {
  try {
    return calibrateByPosition(normal);
  } catch (error) {
    if (error instanceof ConfigError) return undefined; // medians of 0
    throw error;
  }
}
