import { add, minimum, mul, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from '../reduction.ts';
import type { PerSample } from '../scales/per-sample.ts';
import { byScale } from './by-scale.ts';
import { EFFICIENCY_95 } from './efficiency.ts';
import { elementWise, type Reducible } from './element-wise.ts';
import type { RobustFunction } from './robust-function.ts';
import type { Shape } from './scaled.ts';

export type TukeyOptions = {
  /** c: residuals beyond it don't pull, in units of the residual; one number or one per sample. @defaultValue 4.685 */
  readonly scale?: PerSample;
};

const inside = (u: Tensor) => minimum(square(u), 1);

const SHAPE: Shape = {
  value: (u) => {
    const t = inside(u);
    return mul(1 / 6, mul(t, add(3, mul(t, sub(t, 3))))); // 1 − (1 − t)³ without its cancellation
  },
  slope: (u) => mul(u, square(sub(1, inside(u)))),
  weight: (u) => square(sub(1, inside(u))),
};

/**
 * Tukey's biweight: `(c²/6)(1 − (1 − (r/c)²)³)` for `|r| ≤ c`, else c²/6.
 *
 * @throws {ConfigError} unless a number c is finite and above 0; {ShapeError}, on use, if c is neither one number nor one per sample.
 * @see Beaton, Tukey (1974), https://doi.org/10.1080/00401706.1974.10489171
 */
export function tukey({ scale = EFFICIENCY_95.tukey }: TukeyOptions = {}): RobustFunction {
  return byScale('tukey: scale', SHAPE, scale);
}

/**
 * Mean biweight penalty of Tukey: `(c²/6)(1 − (1 − (r/c)²)³)` for `|r| ≤ c`, else c²/6, with `r = prediction − target`.
 *
 * Redescending: a residual beyond c doesn't pull at all. So choose c well above what an untrained network leaves, or it learns from few
 * elements. The values of a scale c that is a tensor are not checked.
 *
 * @param prediction [batch, …]
 * @param target Same shape as `prediction`.
 * @throws {ShapeError} if the shapes differ or are empty, or c is neither one number nor one per sample; {ConfigError} unless a number c is
 *   finite and above 0.
 * @see Beaton, Tukey (1974), https://doi.org/10.1080/00401706.1974.10489171
 */
export function tukeyLoss<R extends Reduction = 'mean'>(
  prediction: Tensor,
  target: Tensor,
  options: TukeyOptions & Reducible<R> = {},
): Reduced<R> {
  return elementWise('tukeyLoss', prediction, target, tukey(options), options.reduction);
}
