import { customGrad, engine, getBackend, getKernel, mul, sigmoid, type Tensor } from '@tensorflow/tfjs-core';

const FORWARD = 'RddpmSilu'; // x -> y
const BACKWARD = 'RddpmSiluGrad'; // x, dy -> dx

/**
 * `x · sigmoid(x)`. Runs as one kernel where the current backend registers `RddpmSilu` and `RddpmSiluGrad`.
 *
 * @see Elfwing et al. (2017), https://arxiv.org/abs/1702.03118
 */
export function silu<T extends Tensor>(x: T): T {
  if (!getKernel(FORWARD, getBackend())) return mul(x, sigmoid(x));
  return fused(x) as T;
}

function fused(x: Tensor): Tensor {
  return customGrad((input, save) => {
    const x = input as Tensor;
    (save as (tensors: Tensor[]) => void)([x]);
    return {
      value: engine().runKernel(FORWARD, { x }) as Tensor,
      gradFunc: (dy: Tensor, [x]: Tensor[]) => engine().runKernel(BACKWARD, { x: x!, dy }) as Tensor,
    };
  })(x);
}
