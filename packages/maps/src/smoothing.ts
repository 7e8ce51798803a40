import { assertOneOf, ConfigError, ShapeError, shown } from '@rddpm/core';
import type { Smoothing } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { gaussianSmooth } from './gaussian-smooth.ts';

/** What `anomalyMaps` and detectors do unless told otherwise. */
export const DEFAULT_SMOOTHING = { sigma: [1, 3], unit: 'side/64' } as const satisfies Smoothing;

const UNITS: readonly Smoothing['unit'][] = ['pixels', 'side/64'];

/**
 * Maps of any method, each smoothed by `gaussianSmooth`; of several sigmas, the mean of what each gives.
 *
 * @param maps [n, h, w], in any unit; a view is read as what it shows.
 * @param smoothing In `'side/64'`, σ is `sigma` · √(h · w) / 64 pixels: pixels of a 64-pixel image, the same part of a picture at every size.
 * @returns A new array, shaped like the maps and in their unit; the maps themselves where sigma is 0.
 * @throws {ShapeError} for another rank; {ConfigError} for a unit that doesn't exist, no sigma, or one that is not finite and at least 0.
 */
export function smoothMaps(maps: NdArray<Float32Array>, smoothing: Smoothing): NdArray<Float32Array> {
  assertSmoothing('smoothMaps', smoothing);
  if (maps.shape.length !== 3) throw new ShapeError(`smoothMaps: maps is [${maps.shape}]; it must be [n, h, w]`);
  const sigmas = [smoothing.sigma].flat();
  if (sigmas.every((sigma) => sigma === 0)) return maps;
  const [, h, w] = maps.shape as [number, number, number];
  const unit = smoothing.unit === 'pixels' ? 1 : Math.sqrt(h * w) / 64;
  const [first, ...others] = sigmas.map((sigma) => gaussianSmooth(maps, sigma * unit));
  if (others.length === 0) return first!;
  const mean = first!.data.map((value, i) => others.reduce((sum, { data }) => sum + data[i]!, value) / sigmas.length);
  return ndarray(mean, [...maps.shape]);
}

/** @throws {ConfigError} beginning with `where`, for what `smoothMaps` can't do. */
export function assertSmoothing(where: string, smoothing: Smoothing): void {
  if (typeof smoothing !== 'object' || smoothing === null) {
    throw new ConfigError(`${where}: smoothing is ${shown(smoothing)}; it must say its unit, such as { sigma: 2, unit: 'side/64' }`);
  }
  const { sigma, unit } = smoothing;
  const sigmas: readonly number[] = [sigma].flat();
  if (sigmas.length === 0 || !sigmas.every((sigma) => Number.isFinite(sigma) && sigma >= 0)) {
    throw new ConfigError(`${where}: smoothing.sigma is ${shown(sigma)}; it must be a finite number of at least 0, or some`);
  }
  assertOneOf(`${where}: smoothing.unit`, unit, UNITS);
}
