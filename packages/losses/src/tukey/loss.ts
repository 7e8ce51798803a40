import { add, minimum, mul, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { byScale } from '../element-wise/by-scale.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { elementWiseLoss } from '../element-wise/element-wise.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import type { Shape } from '../element-wise/scaled.ts';
import type { PerSample } from '../scales/per-sample.ts';

export type TukeyOptions = {
  /** c: residuals beyond it don't pull, in units of the residual; one number or one per sample. @defaultValue 4.685 */
  readonly scale?: PerSample;
};

const inside = (u: Tensor) => minimum(square(u), 1);

const SHAPE: Shape = {
  value: (u) => {
    const t = inside(u);
    return mul(1 / 6, mul(t, add(3, mul(t, sub(t, 3))))); // 1 − (1 − t)³, rearranged so that no digits cancel
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
 * Redescending: a residual beyond c doesn't pull at all. So choose c well above the residuals of an untrained network, or it learns from few
 * elements.
 *
 * @see Beaton, Tukey (1974), https://doi.org/10.1080/00401706.1974.10489171
 */
export const tukeyLoss = /* @__PURE__ */ elementWiseLoss('tukeyLoss', tukey);
