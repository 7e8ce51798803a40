import { ConfigError, ShapeError } from '@rddpm/core';
import {
  add,
  customGrad,
  engine,
  getBackend,
  getKernel,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';

const FORWARD = 'RddpmGroupNorm'; // x, scale, offset -> y
const BACKWARD = 'RddpmGroupNormGrad'; // x, scale, dy -> dx, dscale, doffset

export type GroupNormOptions = {
  /** How many groups the channels form; a divisor of their number. */
  readonly groups: number;
  /** Added to the variance. @defaultValue 1e-5 */
  readonly epsilon?: number;
};

/**
 * Normalises each sample's groups of channels to mean 0 and variance 1, then scales and shifts each channel. Runs as one kernel where the
 * current backend registers `RddpmGroupNorm` and `RddpmGroupNormGrad`.
 *
 * @param x [n, h, w, c]
 * @param scale [c]
 * @param offset [c]
 * @throws {ShapeError} unless `scale` and `offset` are [c]; {ConfigError} unless `groups` divides c.
 * @see Wu, He (2018), https://arxiv.org/abs/1803.08494
 */
export function groupNorm(x: Tensor4D, scale: Tensor1D, offset: Tensor1D, { groups, epsilon = 1e-5 }: GroupNormOptions): Tensor4D {
  const channels = x.shape[3];
  if (channels % groups !== 0) throw new ConfigError(`groupNorm: groups ${groups} doesn't divide the ${channels} channels of x`);
  for (const [name, { rank, shape }] of Object.entries({ scale, offset })) {
    if (rank !== 1 || shape[0] !== channels)
      throw new ShapeError(`groupNorm: ${name} is [${shape}] but x is [${x.shape}]; it must be [${channels}]`);
  }
  if (getKernel(FORWARD, getBackend())) return fused(x, scale, offset, { groups, epsilon });
  return composed(x, scale, offset, groups, epsilon);
}

function composed(x: Tensor4D, scale: Tensor1D, offset: Tensor1D, groups: number, epsilon: number): Tensor4D {
  return tidy(() => {
    const [n, h, w, c] = x.shape;
    const grouped = reshape(x, [n, h * w, groups, c / groups]);
    const centred = sub(grouped, mean(grouped, [1, 3], true));
    const variance = mean(square(centred), [1, 3], true);
    const normalised = reshape(mul(centred, rsqrt(add(variance, epsilon))), x.shape);
    return add(mul(normalised, scale), offset);
  });
}

function fused(x: Tensor4D, scale: Tensor1D, offset: Tensor1D, attributes: { groups: number; epsilon: number }): Tensor4D {
  return customGrad((...inputs) => {
    const [x, scale, offset, save] = inputs as unknown as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    save([x, scale]);
    return {
      value: engine().runKernel(FORWARD, { x, scale, offset }, attributes) as Tensor,
      gradFunc: (dy: Tensor, [x, scale]: Tensor[]) =>
        engine().runKernel(BACKWARD, { x: x!, scale: scale!, dy }, attributes) as unknown as Tensor[],
    };
  })(x, scale, offset) as Tensor4D;
}
