import { type ColorScale, infernoScale, pooledQuantile } from './color-scale.ts';

/** From 0, or the lowest value if that is below 0, to the 99.5 % quantile of the maps, or so far that each threshold lies well within. */
export function mapScale(maps: readonly ArrayLike<number>[], thresholds: readonly number[]): ColorScale {
  const low = Math.min(0, pooledQuantile(maps, 0));
  const bounds = thresholds.map((threshold) => low + 1.25 * (threshold - low));
  const high = Number(Math.max(pooledQuantile(maps, 0.995), ...bounds).toPrecision(2));
  return infernoScale(low, high > low ? high : low + 1);
}
