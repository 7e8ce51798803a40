import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { dispatch, widthOf } from './program.ts';

/** x · σ, with σ = sigmoid(x), in any shape. */
export const silu: KernelConfig = {
  kernelName: 'RddpmSilu',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => elementwise(backend as WebGPUBackend, 'silu', inputs as { x: TensorInfo }, 'v * s'),
};

/** dx = dy · σ (1 + x (1 - σ)) */
export const siluGrad: KernelConfig = {
  kernelName: 'RddpmSiluGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) =>
    elementwise(backend as WebGPUBackend, 'siluGrad', inputs as { x: TensorInfo; dy: TensorInfo }, 'dy[index] * s * (1.0 + v * (1.0 - s))'),
};

function elementwise(backend: WebGPUBackend, name: string, inputs: { x: TensorInfo }, value: string): TensorInfo {
  const { shape } = inputs.x;
  const size = util.sizeFromShape(shape);
  const width = widthOf(size);
  return dispatch(backend, {
    name,
    inputs,
    widths: Object.fromEntries(Object.keys(inputs).map((input) => [input, width])),
    outputShape: shape,
    outputWidth: width,
    threads: size / width,
    code: `
      let v = x[index];
      let s = 1.0 / (1.0 + exp(-v));
      result[index] = ${value};`,
  });
}
