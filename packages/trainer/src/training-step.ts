import { assertSameShape, type DenoisingNetwork, type Loss, type PredictionType, ShapeError } from '@rddpm/core';
import {
  add,
  clone,
  keep,
  mean,
  mul,
  reshape,
  type Scalar,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import { type AdamWState, adamW, clipping } from './adamw.ts';
import { type FlatLayout, splitWeights } from './flat-weights.ts';

/** What lives from one step to the next, in the vectors of a `FlatLayout`. */
export type FlatState = AdamWState & { readonly ema: Tensor1D[] };

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
  readonly step: Scalar;
  readonly learningRate: Scalar;
  readonly biasCorrection1: Scalar;
  readonly biasCorrection2: Scalar;
  readonly emaDecay: Scalar;
};

export type StepOutput = {
  readonly state: FlatState;
  readonly loss: Scalar;
  /** [n]: each sample's mean squared error of the prediction, whatever the loss. */
  readonly squaredErrors: Tensor1D;
  /** Before clipping. */
  readonly gradientNorm: Scalar;
};

export type StepOptions = {
  readonly network: DenoisingNetwork;
  readonly loss: Loss;
  readonly prediction: PredictionType;
  readonly layout: FlatLayout;
  readonly weightDecay: number;
  readonly gradientNorm: number;
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
  prediction,
  layout,
  weightDecay,
  gradientNorm,
}: StepOptions): (input: StepInput) => StepOutput {
  return (input) => {
    const { state, x0, noise, t, index, sigma, step } = input;
    const xt = add<Tensor4D>(mul(perSample(input.signalScale), x0), mul(perSample(input.noiseScale), noise));
    const target = targetOf(prediction, input);
    let kept: Tensor1D | undefined; // the gradient's scope would dispose it
    const objective = (...vectors: Tensor[]): Scalar => {
      const predicted = network.predict(splitWeights(vectors as Tensor1D[], layout), xt, t);
      assertSameShape('train: network.predict', predicted, noise, ['its result', 'its input']);
      const value = loss(predicted, target, { t, sigma, index, step });
      if (value.rank !== 0) throw new ShapeError(`train: loss returned [${value.shape}]; it must return a scalar`);
      kept = keep(mean<Tensor1D>(square(sub(predicted, target)), [1, 2, 3]));
      return value;
    };
    const { value, grads } = valueAndGrads(objective)(state.weights);
    const squaredErrors = clone(kept!);
    kept!.dispose();
    const gradients = grads as Tensor1D[];
    const { scale, norm } = clipping(gradients, gradientNorm);
    const moved = adamW(state, gradients, scale, input, weightDecay);
    const ema = moved.weights.map((vector, k) => {
      return add<Tensor1D>(mul(state.ema[k]!, input.emaDecay), mul(vector, sub(1, input.emaDecay)));
    });
    return { state: { ...moved, ema }, loss: value, squaredErrors, gradientNorm: norm };
  };
}

function targetOf(prediction: PredictionType, { x0, noise, signalScale, noiseScale }: StepInput): Tensor4D {
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
