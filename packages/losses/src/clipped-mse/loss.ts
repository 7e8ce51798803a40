import { abs, cast, lessEqual, minimum, mul, square, type Tensor } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';

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
 * Redescending by a jump: a residual beyond c doesn't pull at all, one just within pulls with 2c.
 *
 * @see Hinich, Talwar (1975), A simple method for robust regression, Journal of the American Statistical Association 70, 113–119
 */
export const clippedMseLoss = /* @__PURE__ */ elementWiseLoss('clippedMseLoss', clippedMse);
