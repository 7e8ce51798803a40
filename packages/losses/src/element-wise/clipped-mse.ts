import { abs, cast, lessEqual, minimum, mul, square, type Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import type { PerSample } from '../scales/per-sample.ts';
import { byScale } from './by-scale.ts';
import { EFFICIENCY_95 } from './efficiency.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import type { RobustFunction } from './robust-function.ts';
import type { Shape } from './scaled.ts';

export type ClippedMseOptions = {
  /** c: residuals beyond it don't pull, in units of the residual; one number or one per sample. @defaultValue 2.795 */
  readonly scale?: PerSample;
};

/** 2 within, 0 beyond. */
const kept = (u: Tensor) => mul(2, cast(lessEqual(abs(u), 1), 'float32'));

const SHAPE: Shape = {
  value: (u) => minimum(square(u), 1),
  slope: (u) => mul(u, kept(u)),
  weight: kept,
};

/**
 * `min(r², c²)`, also known as Talwar's. Within c it is r², not half of it, so its weight is 2 there.
 *
 * @throws {ConfigError} unless a number c is finite and above 0; {ShapeError}, on use, if c is neither one number nor one per sample.
 * @see Hinich, Talwar (1975), A simple method for robust regression, Journal of the American Statistical Association 70, 113–119
 */
export function clippedMse({ scale = EFFICIENCY_95.clippedMse }: ClippedMseOptions = {}): RobustFunction {
  return byScale('clippedMse: scale', SHAPE, scale);
}

/**
 * Mean of `min(r², c²)`, with `r = prediction − target`: the squared error, clipped element by element.
 *
 * Redescending by a jump: a residual beyond c doesn't pull at all, one just within pulls with 2c. The values of a scale c that is a tensor
 * are not checked.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or c is neither one number nor one per sample; {ConfigError} unless a number c is
 *   finite and above 0.
 * @see Hinich, Talwar (1975), A simple method for robust regression, Journal of the American Statistical Association 70, 113–119
 */
export function clippedMseLoss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: ClippedMseOptions & Reducible<R> = {},
): Reduced<R> {
  return elementWise('clippedMseLoss', prediction, target, clippedMse(options), options.reduction);
}
