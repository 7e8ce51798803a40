import { assertOneOf, ConfigError, ShapeError, shown } from '@rddpm/core';
import type { Smoothing } from '@rddpm/core/contracts';
import type { NdArray } from 'ndarray';
import { gaussianSmooth } from './gaussian-smooth.ts';

/** What `anomalyMaps` and detectors do unless told otherwise. */
export const DEFAULT_SMOOTHING = { sigma: 2, unit: 'side/64' } as const satisfies Smoothing;

const UNITS: readonly Smoothing['unit'][] = ['pixels', 'side/64'];

/**
 * Maps of any method, each smoothed by `gaussianSmooth`.
 *
 * @param maps [n, h, w], in any unit; a view is read as what it shows.
 * @param smoothing In `'side/64'`, σ is `sigma` · √(h · w) / 64 pixels: pixels of a 64-pixel image, the same part of a picture at every size.
 * @returns A new array, shaped like the maps and in their unit; the maps themselves where sigma is 0.
 * @throws {ShapeError} for another rank; {ConfigError} for a unit that doesn't exist, or a sigma that is not finite and at least 0.
 */
export function smoothMaps(maps: NdArray<Float32Array>, smoothing: Smoothing): NdArray<Float32Array> {
  assertSmoothing('smoothMaps', smoothing);
  if (maps.shape.length !== 3) throw new ShapeError(`smoothMaps: maps is [${maps.shape}]; it must be [n, h, w]`);
  if (smoothing.sigma === 0) return maps;
  const [, h, w] = maps.shape as [number, number, number];
  return gaussianSmooth(maps, smoothing.unit === 'pixels' ? smoothing.sigma : (smoothing.sigma * Math.sqrt(h * w)) / 64);
}

/** @throws {ConfigError} beginning with `where`, for what `smoothMaps` can't do. */
export function assertSmoothing(where: string, smoothing: Smoothing): void {
  if (typeof smoothing !== 'object' || smoothing === null) {
    throw new ConfigError(`${where}: smoothing is ${shown(smoothing)}; it must say its unit, such as { sigma: 2, unit: 'side/64' }`);
  }
  const { sigma, unit } = smoothing;
  if (!(Number.isFinite(sigma) && sigma >= 0)) {
    throw new ConfigError(`${where}: smoothing.sigma is ${sigma}; it must be a finite number of at least 0`);
  }
  assertOneOf(`${where}: smoothing.unit`, unit, UNITS);
}
