import { assertPositive, ConfigError } from '@rddpm/core';
import {
  abs,
  add,
  clipByValue,
  div,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  slice,
  type Tensor2D,
  type Tensor4D,
  topk,
} from '@tensorflow/tfjs-core';

export type LimitOptions = {
  /** Clips the predicted x0 to [-1, 1], where images live, or to plus and minus this number. @defaultValue true */
  readonly clip?: boolean | number;
  /** In place of `clip`. @defaultValue undefined, none */
  readonly thresholding?: Thresholding;
};

export const RATIO = 0.995;
export const MAX_VALUE = 1;

/** Dynamic thresholding: x0 is clipped to [-s, s] and divided by s, a quantile of its own absolute values, for each sample. */
export type Thresholding = {
  /** Which quantile, in [0, 1]. @defaultValue 0.995 */
  readonly ratio?: number;
  /** s is at least 1 and at most this: at 1 it is clipping to [-1, 1]. @defaultValue 1 */
  readonly maxValue?: number;
};

/**
 * What keeps a predicted x0 in range.
 *
 * @throws {ConfigError} naming the option that is out of range.
 */
export function limitOf(where: string, { clip = true, thresholding }: LimitOptions): (x0: Tensor4D) => Tensor4D {
  if (typeof clip === 'number') assertPositive(`${where}: clip`, clip);
  else if (typeof clip !== 'boolean') throw new ConfigError(`${where}: clip is ${clip}; it must be true, false or a number above 0`);
  if (thresholding) return thresholdBy(where, thresholding);
  if (clip === false) return (x0) => x0;
  const range = clip === true ? 1 : clip;
  return (x0) => clipByValue(x0, -range, range);
}

/** Saharia et al. (2022), Imagen, https://arxiv.org/abs/2205.11487, section 2.3. */
function thresholdBy(where: string, { ratio = RATIO, maxValue = MAX_VALUE }: Thresholding): (x0: Tensor4D) => Tensor4D {
  if (!(ratio >= 0 && ratio <= 1)) throw new ConfigError(`${where}: thresholding.ratio is ${ratio}; it must be in [0, 1]`);
  if (!(Number.isFinite(maxValue) && maxValue >= 1)) {
    throw new ConfigError(`${where}: thresholding.maxValue is ${maxValue}; it must be a finite number of at least 1`);
  }
  return (x0) => {
    const [n, h, w, c] = x0.shape;
    const sizes: Tensor2D = reshape(abs(x0), [n, h * w * c]);
    const s = reshape(clipByValue(quantile(sizes, ratio), 1, maxValue), [n, 1, 1, 1]);
    return div(minimum(maximum(x0, neg(s)), s), s);
  };
}

/** Of each row [n, size]: [n, 1], interpolated linearly between neighbours. */
function quantile(values: Tensor2D, ratio: number): Tensor2D {
  const [n, size] = values.shape;
  const position = ratio * (size - 1);
  const below = Math.floor(position);
  const largest = topk(values, size - below).values as Tensor2D;
  const at = (rank: number) => slice(largest, [0, size - 1 - rank], [n, 1]);
  if (position === below) return at(below);
  const share = position - below;
  return add(mul(1 - share, at(below)), mul(share, at(below + 1)));
}
