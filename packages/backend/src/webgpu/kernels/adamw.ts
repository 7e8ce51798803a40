/** AdamW's step for one vector of parameters. */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { dispatch, widthOf } from './program.ts';

type Vector = 'weights' | 'moment1' | 'moment2' | 'gradient';
type Factor = 'share1' | 'share2' | 'decay' | 'rate' | 'epsilon';

/**
 * moment1 ← beta1 moment1 + share1 gradient, moment2 ← beta2 moment2 + share2 gradient²,
 * weights ← decay weights - rate moment1 / (√moment2 + epsilon); all three are returned, weights first.
 */
export const adamW: KernelConfig = {
  kernelName: 'RddpmAdamW',
  backendName: 'webgpu',
  kernelFunc: (call) => {
    const { weights, gradient, share1, share2, decay, rate, epsilon, ...moments } = call.inputs as unknown as Readonly<
      Record<Vector | Factor, TensorInfo>
    >;
    const { beta1, beta2 } = call.attrs as { beta1: number; beta2: number };
    const size = util.sizeFromShape(weights.shape);
    const width = widthOf(size);
    const vector = (name: string, inputs: Record<string, TensorInfo>, vectors: string[], numbers: Record<string, number>, code: string) =>
      dispatch(call.backend as WebGPUBackend, {
        name,
        inputs,
        widths: Object.fromEntries(vectors.map((input) => [input, width])),
        outputShape: weights.shape,
        outputWidth: width,
        threads: size / width,
        numbers,
        code: `result[index] = ${code};`,
      });
    const moment1 = vector(
      'adamWMoment1',
      { moment: moments.moment1, gradient, share: share1 },
      ['moment', 'gradient'],
      { beta: beta1 },
      'uniforms.beta * moment[index] + share[0] * gradient[index]',
    );
    const moment2 = vector(
      'adamWMoment2',
      { moment: moments.moment2, gradient, share: share2 },
      ['moment', 'gradient'],
      { beta: beta2 },
      'uniforms.beta * moment[index] + share[0] * gradient[index] * gradient[index]',
    );
    const moved = vector(
      'adamWWeights',
      { weights, moment1, moment2, decay, rate, epsilon },
      ['weights', 'moment1', 'moment2'],
      {},
      'decay[0] * weights[index] - rate[0] * moment1[index] / (sqrt(moment2[index]) + epsilon[0])',
    );
    return [moved, moment1, moment2];
  },
};
