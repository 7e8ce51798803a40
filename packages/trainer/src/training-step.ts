import { assertSameShape, type DenoisingNetwork, type PredictionType, ShapeError, type StatefulLoss } from '@rddpm/core';
import {
  add,
  clone,
  dispose,
  keep,
  mean,
  mul,
  reshape,
  type Scalar,
  scalar,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import type { FlatLayouts, FlatState } from './flat-state.ts';
import { joinWeights, splitWeights } from './flat-weights.ts';
import { clipping } from './gradient-clipping.ts';
import type { Optimizer } from './optimizer.ts';

/** Everything that differs between steps. What a compiled function captures is frozen, so all of it comes as arguments. */
export type StepInput = {
  readonly state: FlatState;
  /** [n, h, w, c] in [-1, 1]. */
  readonly x0: Tensor4D;
  readonly noise: Tensor4D;
  /** [n] int32: timesteps, and rows in the training set. */
  readonly t: Tensor1D;
  readonly index: Tensor1D;
  /** [n]: √ᾱ_t, √(1 - ᾱ_t), and their ratio √((1 - ᾱ_t) / ᾱ_t). */
  readonly signalScale: Tensor1D;
  readonly noiseScale: Tensor1D;
  readonly sigma: Tensor1D;
  /** [n]: what prediction and target are multiplied by for the loss. Absent where nothing is weighted. */
  readonly errorScale?: Tensor1D;
  readonly step: Scalar;
  readonly learningRate: Scalar;
  readonly lossLearningRate: Scalar;
  readonly emaDecay: Scalar;
  /** What the optimiser's `numbersAt` returned for this step. */
  readonly numbers: Readonly<Record<string, Scalar>>;
};

export type StepOutput = {
  readonly state: FlatState;
  readonly loss: Scalar;
  /** [n]: each sample's mean squared error of the prediction, whatever the loss and its weighting. */
  readonly squaredErrors: Tensor1D;
  /** Before clipping. */
  readonly gradientNorm: Scalar;
};

export type StepOptions = {
  readonly network: DenoisingNetwork;
  readonly loss: StatefulLoss;
  readonly optimizer: Optimizer;
  readonly prediction: PredictionType;
  readonly layouts: FlatLayouts;
  readonly weightDecay: number;
  readonly maxGradientNorm: number;
};

/**
 * One training step as a pure function of tensors: noise the batch, predict the noise, the images or the velocity, and move the weights.
 *
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, Algorithm 1, with the squared error replaced by `loss`; Salimans, Ho (2022),
 *   https://arxiv.org/abs/2202.00512, section 4, for the other predictions
 */
export function trainingStep({
  network,
  loss,
  optimizer,
  prediction,
  layouts,
  weightDecay,
  maxGradientNorm,
}: StepOptions): (input: StepInput) => StepOutput {
  return (input) => {
    const { state, x0, noise, t, index, sigma, errorScale, step } = input;
    const xt = add<Tensor4D>(mul(perSample(input.signalScale), x0), mul(perSample(input.noiseScale), noise));
    const target = targetOf(prediction, input);
    const weighted = (values: Tensor4D): Tensor4D => (errorScale ? mul(values, perSample(errorScale)) : values);
    const kept: Tensor[] = []; // the gradient's scope would dispose them
    const objective = (...vectors: Tensor[]): Scalar => {
      const weights = splitWeights(vectors.slice(0, state.weights.length) as Tensor1D[], layouts.weights);
      const learned = splitWeights(vectors.slice(state.weights.length) as Tensor1D[], layouts.learned);
      const predicted = network.predict(weights, xt, t);
      assertSameShape('train: network.predict', predicted, noise, ['its result', 'its input']);
      const memory = { state: splitWeights(state.lossState, layouts.lossState), learned };
      const { loss: value, state: remembered } = loss.apply(weighted(predicted), weighted(target), { t, sigma, index, step }, memory);
      if (value.rank !== 0) throw new ShapeError(`train: loss returned [${value.shape}]; it must return a scalar`);
      const squaredErrors = mean<Tensor1D>(square(sub(predicted, target)), [1, 2, 3]);
      kept.push(...[squaredErrors, ...joinWeights(remembered, layouts.lossState, "train: the loss's new state")].map(keep));
      return value;
    };
    const { value, grads } = valueAndGrads(objective)([...state.weights, ...state.learned]);
    const [squaredErrors, ...lossState] = kept.map((tensor) => clone(tensor) as Tensor1D);
    dispose(kept);
    const gradients = (grads as Tensor1D[]).slice(0, state.weights.length);
    const { learningRate, lossLearningRate, numbers } = input;
    const { scale: gradientScale, norm } = clipping(gradients, maxGradientNorm);
    const moved = optimizer.update(state, gradients, { learningRate, gradientScale, weightDecay, numbers });
    const ema = moved.weights.map((vector, k) => {
      return add<Tensor1D>(mul(state.ema[k]!, input.emaDecay), mul(vector, sub(1, input.emaDecay)));
    });
    const learnt = optimizer.update(
      { weights: state.learned, moments: state.learnedMoments },
      (grads as Tensor1D[]).slice(state.weights.length),
      { learningRate: lossLearningRate, gradientScale: scalar(1), weightDecay: 0, numbers },
    );
    const memory = { lossState, learned: learnt.weights, learnedMoments: learnt.moments };
    return { state: { ...moved, ema, ...memory }, loss: value, squaredErrors: squaredErrors!, gradientNorm: norm };
  };
}

/** What is to be predicted, of the shape that `x0` and `noise` broadcast to. */
export function targetOf(
  prediction: PredictionType,
  { x0, noise, signalScale, noiseScale }: Pick<StepInput, 'x0' | 'noise' | 'signalScale' | 'noiseScale'>,
): Tensor4D {
  switch (prediction) {
    case 'epsilon':
      return noise;
    case 'sample':
      return x0;
    case 'v_prediction':
      return sub(mul(perSample(signalScale), noise), mul(perSample(noiseScale), x0));
  }
}

/** [n] -> [n, 1, 1, 1]: it would broadcast along the last axis. */
const perSample = (values: Tensor1D) => reshape(values, [-1, 1, 1, 1]);
