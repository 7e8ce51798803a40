import { assertShare } from '@rddpm/core';
import { add, floor, maximum, minimum, mul, type Scalar } from '@tensorflow/tfjs-core';

/** The share that counts, in (0, 1]: a number, or a scalar that may change from step to step (`scheduledKeep`). Values of tensors are not checked. */
export type Keep = number | Scalar;

/** A share that moves linearly from `from` to `to` over the first `steps` steps, and stays there. */
export type KeepSchedule = { readonly from: number; readonly to: number; readonly steps: number };

/** @throws {ConfigError} unless a number `keep` is in (0, 1]. */
export function assertKeep(where: string, keep: Keep): void {
  if (typeof keep === 'number') assertShare(`${where}: keep`, keep);
}

/** How many of `total` are kept, at least one: `⌊keep · total + 1e-9⌋`; for a tensor `⌊(keep + 1e-6) · total⌋`, as float32 has 7 digits. */
export function keptCount(keep: Keep, total: number): Keep {
  if (typeof keep === 'number') return Math.max(1, Math.floor(keep * total + 1e-9)); // 0.29 · 100 is 28.999… in binary
  return minimum(total, maximum(1, floor(mul(add(keep, 1e-6), total))));
}
