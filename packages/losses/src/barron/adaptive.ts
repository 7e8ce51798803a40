import { assertPositive, ConfigError, type LossMemory, type StatefulLoss, type Weights } from '@rddpm/core';
import { add, log, logSumExp, mul, type Scalar, scalar, sigmoid, softplus, sub, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { elementWise } from '../element-wise/element-wise.ts';
import { barronOfTensor } from './of-tensor.ts';

export type AdaptiveOptions = {
  /** α to start from, above 0.001 and below 1.999. @defaultValue 1 */
  readonly alpha?: number;
  /** c to start from, above 1e-5, in units of the residual. @defaultValue 1 */
  readonly scale?: number;
};

export type AdaptiveLoss = StatefulLoss & {
  /** The α and c that the learned parameters stand for. The caller disposes them. */
  parameters(learned: Weights): { readonly alpha: Scalar; readonly scale: Scalar };
};

/** Where α and c stay while they are learned. */
export const LEARNABLE = { alpha: { above: 0.001, below: 1.999 }, scale: { above: 1e-5 } } as const;
const { alpha: ALPHA, scale: SCALE } = LEARNABLE;

/** softplus(ONE) is 1. */
const ONE = Math.log(Math.E - 1);

/**
 * Barron's adaptive loss: the mean negative log-likelihood `ρ(r; α, c) + ln c + ln Z(α)` of a family of distributions from Cauchy's (α = 0)
 * to the normal one (α = 2), whose form and scale are learned with the network: how robust to be need not be chosen.
 *
 * Z(α) makes the distribution's integral 1: a lower α, which penalises outliers less, makes residuals near 0 cost more. Two numbers are
 * learned, `latentAlpha` and `latentScale`, both 0 at the start: α is a sigmoid of the one between 0.001 and 1.999, c a softplus of the
 * other. The loss can be negative, as a density may exceed 1. It has no state.
 *
 * @throws {ConfigError} unless α is above 0.001 and below 1.999, and c above 1e-5.
 * @see Barron (2019), https://arxiv.org/abs/1701.03077, eq. 16 and 17 and section 3.1
 */
export function adaptiveLoss({ alpha = 1, scale = 1 }: AdaptiveOptions = {}): AdaptiveLoss {
  if (!(alpha > ALPHA.above && alpha < ALPHA.below)) {
    throw new ConfigError(`adaptiveLoss: alpha is ${alpha}; it must be above ${ALPHA.above} and below ${ALPHA.below}`);
  }
  assertPositive('adaptiveLoss: scale', scale);
  if (scale <= SCALE.above) throw new ConfigError(`adaptiveLoss: scale is ${scale}; it must be above ${SCALE.above}`);
  const position = (alpha - ALPHA.above) / (ALPHA.below - ALPHA.above);
  const start = Math.log(position / (1 - position)); // the inverse of the sigmoid below

  const parameters = ({ latentAlpha, latentScale }: Weights) => ({
    alpha: add(ALPHA.above, mul(ALPHA.below - ALPHA.above, sigmoid(add(latentAlpha!, start)))) as Scalar,
    scale: add(SCALE.above, mul(scale - SCALE.above, softplus(add(latentScale!, ONE)))) as Scalar,
  });
  return {
    parameters: (learned) => tidy(() => parameters(learned)),
    init: (): LossMemory => ({ state: {}, learned: { latentAlpha: scalar(0), latentScale: scalar(0) } }),
    apply: (prediction, target, _context, { learned }) => {
      const loss = tidy(() => {
        const { alpha, scale } = parameters(learned);
        return add(
          elementWise('adaptiveLoss', prediction, target, barronOfTensor(alpha, scale)),
          add(log(scale), logPartition(alpha)),
        ) as Scalar;
      });
      return { loss, state: {} };
    },
  };
}

/**
 * ln Z(α) of Barron's eq. 17, Z(α) = ∫ exp(−ρ(x; α, 1)) dx, for an α from 0.001 to 1.999, by the midpoint rule over s with x = sinh s. Its relative error
 * is below 2e-7 there, and it's differentiable; the paper's code interpolates a table.
 */
export function logPartition(alpha: Tensor): Scalar {
  return tidy(() => {
    const { rho } = barronOfTensor(alpha, 1);
    return logSumExp(sub(tensor1d(LOG_WEIGHTS), rho(tensor1d(NODES)))) as Scalar;
  });
}

const NODE_COUNT = 96;
const LARGEST = 20; // sinh(20) is 2.4e8: at α = 0.001, 2.5e-9 of the integral lies beyond
const POSITIONS = Array.from({ length: NODE_COUNT }, (_, k) => ((k + 0.5) * LARGEST) / NODE_COUNT);
const NODES = POSITIONS.map(Math.sinh);
const LOG_WEIGHTS = POSITIONS.map((s) => Math.log(((2 * LARGEST) / NODE_COUNT) * Math.cosh(s)));
