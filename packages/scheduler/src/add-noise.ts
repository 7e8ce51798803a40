import { assertSameShape, type NoiseSchedule, ShapeError } from '@rddpm/core';
import { add, gather, mul, reshape, type Tensor1D, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';

/**
 * The forward process in one leap: `√ᾱ_t · x0 + √(1 − ᾱ_t) · noise`, each sample at its own t.
 *
 * @param x0 [n, h, w, c]
 * @param noise Standard normal, shaped like `x0`.
 * @param t [n] int32, 0-based, below `schedule.steps`; the values are not checked, as a compiled graph can't throw.
 * @throws {ShapeError} if the shapes don't fit together.
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, eq. 4
 */
export function addNoise(schedule: NoiseSchedule, x0: Tensor4D, noise: Tensor4D, t: Tensor1D): Tensor4D {
  assertSameShape('addNoise', x0, noise, ['x0', 'noise']);
  const n = x0.shape[0];
  if (t.rank !== 1 || t.shape[0] !== n) throw new ShapeError(`addNoise: t is [${t.shape}] but x0 is [${x0.shape}]; it must be [${n}]`);
  return tidy(() => {
    const perSample = (factorOf: (alphaCumprod: number) => number): Tensor4D =>
      reshape(gather(tensor1d(Float32Array.from(schedule.alphasCumprod, factorOf)), t), [n, 1, 1, 1]);
    const signal = perSample((alphaCumprod) => Math.sqrt(alphaCumprod));
    const spread = perSample((alphaCumprod) => Math.sqrt(1 - alphaCumprod));
    return add(mul(signal, x0), mul(spread, noise));
  });
}
