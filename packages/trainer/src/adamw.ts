import { assertPositive, ConfigError } from '@rddpm/core';
import {
  add,
  div,
  engine,
  getBackend,
  getKernel,
  mul,
  type Scalar,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer.ts';

const KERNEL = 'RddpmAdamW'; // weights, moment1, moment2, gradient, and what is the same for all -> weights, moment1, moment2

export type AdamWOptions = {
  /** Decay of the moving average of the gradient, `moment1`; in [0, 1). @defaultValue 0.9 */
  readonly beta1?: number | undefined;
  /** Decay of the moving average of the squared gradient, `moment2`; in [0, 1). @defaultValue 0.999 */
  readonly beta2?: number | undefined;
  /** Keeps a step finite where gradients are almost 0; above 0. @defaultValue 1e-8 */
  readonly epsilon?: number | undefined;
};

/**
 * AdamW, in PyTorch's order of operations: for `train`'s `optimizer`, which it is by default. The learning rate and the weight decay are `train`'s.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101, Algorithm 2;
 *   https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export function adamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamWOptions = {}): Optimizer {
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) throw new ConfigError(`adamW: ${name} is ${beta}; it must be at least 0 and below 1`);
  }
  assertPositive('adamW: epsilon', epsilon);
  return {
    moments: ['moment1', 'moment2'],
    // 1 - βᵏ in float64: at β₂ = 0.999 float32 would lose four digits in the first steps
    numbersAt: (step) => ({ biasCorrection1: 1 - beta1 ** (step + 1), biasCorrection2: 1 - beta2 ** (step + 1) }),
    /**
     * Decays the weights, updates both moments, walks. What is the same for all parameters is computed first, so that each vector is read as few
     * times as can be. Runs as one kernel for each vector where the current backend registers `RddpmAdamW`.
     */
    update({ weights, moments }, gradients, { learningRate, gradientScale, weightDecay, numbers }) {
      const { biasCorrection1, biasCorrection2 } = numbers as Record<'biasCorrection1' | 'biasCorrection2', Scalar>;
      const decay = sub<Scalar>(1, mul(learningRate, weightDecay));
      const share1 = mul<Scalar>(gradientScale, 1 - beta1);
      const share2 = mul<Scalar>(square(gradientScale), 1 - beta2);
      const root = sqrt(biasCorrection2);
      const rate = div<Scalar>(mul(learningRate, root), biasCorrection1);
      const common = { share1, share2, decay, rate, epsilon: mul<Scalar>(root, epsilon) };
      const walk = getKernel(KERNEL, getBackend()) ? fused : composed;
      const vectors = gradients.map((gradient, k) => {
        const vector = { weights: weights[k]!, moment1: moments.moment1![k]!, moment2: moments.moment2![k]!, gradient };
        return walk({ ...vector, ...common }, { beta1, beta2 });
      });
      return {
        weights: vectors.map(([weights]) => weights),
        moments: { moment1: vectors.map(([, moment1]) => moment1), moment2: vectors.map(([, , moment2]) => moment2) },
      };
    },
  };
}

type Update = Readonly<
  Record<'weights' | 'moment1' | 'moment2' | 'gradient', Tensor1D> & Record<'share1' | 'share2' | 'decay' | 'rate' | 'epsilon', Scalar>
>;
type Betas = { readonly beta1: number; readonly beta2: number };
type Updated = [weights: Tensor1D, moment1: Tensor1D, moment2: Tensor1D];

function composed({ weights, gradient, share1, share2, decay, rate, epsilon, ...moments }: Update, { beta1, beta2 }: Betas): Updated {
  const moment1 = add<Tensor1D>(mul(moments.moment1, beta1), mul(gradient, share1));
  const moment2 = add<Tensor1D>(mul(moments.moment2, beta2), mul(square(gradient), share2));
  const direction = div(moment1, add(sqrt(moment2), epsilon));
  return [sub(mul(weights, decay), mul(direction, rate)), moment1, moment2];
}

const fused = (update: Update, betas: Betas) =>
  engine().runKernel(KERNEL, update as unknown as Record<string, Tensor>, betas) as unknown as Updated;
