import { assertOneOf, assertPositiveInteger, type StatefulLoss, type Weights } from '@rddpm/core';
import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  expandDims,
  gather,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  maximum,
  mean,
  mul,
  relu,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { detached } from '../detached.ts';
import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import { kthSmallest, quantile } from '../quantile.ts';
import { DEVIATIONS_PER_MAD } from '../scales/batch-scale.ts';
import { keptCount } from '../trimmed/keep.ts';
import { assertContamination } from './contamination.ts';
import { logError } from './log-error.ts';
import { noiseBins } from './noise-bins.ts';
import { assertPerSample, type PerSampleLoss } from './per-sample-loss.ts';
import { placesOf } from './places.ts';
import { averaged, type RunningMeans } from './running-mean.ts';

export type ImageTrustOptions = {
  /**
   * `hard`: the images with the highest scores have weight 0, as many as `share` says. `soft`: an image's weight falls with how far its
   * score lies above the images' median, `1 / (1 + (distance / 2.385 deviations)²)`, Cauchy's at 95 % efficiency; nobody need know how many are contaminated.
   *
   * @defaultValue 'hard'
   */
  readonly mode?: 'hard' | 'soft';
  /** The share of the images assumed contaminated, in [0, 1); of no matter to `soft`. @defaultValue 0.2 */
  readonly share?: number;
  /** How many training steps trust all images before; scores are kept from the first. @defaultValue 250 */
  readonly warmup?: number;
  /** How many bins of ln σ, from -5 to 5, have running moments of their own. @defaultValue 20 */
  readonly bins?: number;
};

/** How many samples a bin's moments, and an image's score, look back on. */
const BIN_MEMORY = 100;
const IMAGE_MEMORY = 50;

/** A bin that saw fewer samples says nothing about the next. */
const LEAST_SAMPLES = 10;

/** One sample says no more than this many deviations. */
const LARGEST_SCORE = 3;

/** A score of few samples counts for less: by count / (count + this). */
const PRIOR = 2;

/** A normal distribution's standard deviation over its mean absolute deviation: √(π/2). */
const DEVIATIONS_PER_SPREAD = Math.sqrt(Math.PI / 2);

/**
 * Trust per training image: an image whose error stays high for its noise is trusted less.
 *
 * Each sample's error is `(ln L − mean) / deviation`, both running at like σ; an image's score is the running mean of its own. Scores
 * decide the images' weights, and the loss is the weighted mean over the batch, divided by the mean weight of all images (not of the batch: a
 * trusted image pulls alike in all company). Weights come from the state before the step, and carry no gradient.
 *
 * State: `bins.count`, `bins.mean`, `bins.spread` (mean absolute deviation), [bins], and `images.count`, `images.score`, [images], in
 * rows of the training set: the images with the highest scores are the suspects. `imageTrustWeights` tells the weights.
 *
 * @param loss L, per sample.
 * @throws {ConfigError} if an option is out of its range, or `images` isn't a whole number of at least 1; from `apply`, {ShapeError}
 *   unless `loss` returns one number for each sample.
 */
export function imageTrust(loss: PerSampleLoss, options: ImageTrustOptions = {}): StatefulLoss {
  const { mode, share, warmup, bins } = checked(options);
  return {
    init(images) {
      assertPositiveInteger('imageTrust: images', images);
      const state = {
        'bins.count': zeros([bins]),
        'bins.mean': zeros([bins]),
        'bins.spread': zeros([bins]),
        'images.count': zeros([images]),
        'images.score': zeros([images]),
      };
      return { state, learned: {} };
    },
    apply(prediction, target, context, { state }) {
      return tidy(() => {
        const losses = loss(prediction, target, context);
        assertPerSample('imageTrust', losses, prediction);
        const trust = imageTrustWeights(state, { mode, share });
        const weights = where(less(context.step, warmup), 1, trust) as Tensor1D;
        const own = gather(weights, context.index);
        // not the product alone: a loss may be infinite, but a NaN stays
        const isDropped = detached(() => logicalAnd(lessEqual(own, 0), lessEqual(losses, Number.POSITIVE_INFINITY)));
        const weighted = where(isDropped, 0, mul(own, losses));
        const error = detached(() => logError(losses));
        return { loss: div(mean(weighted), mean(weights)), state: updated(state, error, noiseBins(context.sigma, bins), context.index) };
      });
    },
  };
}

/**
 * The weight of each training image, [images], that `imageTrust` with these options gives after its warm-up.
 *
 * @param state Of `imageTrust`.
 */
export function imageTrustWeights(state: Weights, options: Pick<ImageTrustOptions, 'mode' | 'share'> = {}): Tensor1D {
  const { mode, share } = checked(options);
  return tidy(() => {
    const count = state['images.count'] as Tensor1D;
    const score = mul<Tensor1D>(state['images.score']!, div(count, add(count, PRIOR)));
    return mode === 'hard' ? hardWeights(score, share) : softWeights(score);
  });
}

function hardWeights(scores: Tensor1D, share: number): Tensor1D {
  const positive = relu(add(scores, LARGEST_SCORE)); // kthSmallest wants no negative ones
  return cast(lessEqual(positive, kthSmallest(positive, keptCount(1 - share, scores.size))), 'float32');
}

function softWeights(scores: Tensor1D): Tensor1D {
  const median = quantile(scores, 0.5);
  const deviation = mul(quantile(abs(sub(scores, median)), 0.5), DEVIATIONS_PER_MAD);
  const excess = div(relu(sub(scores, median)), maximum(mul(deviation, EFFICIENCY_95.cauchy), 0.1)); // while most scores are 0 so is their deviation
  return div(1, add(1, square(excess)));
}

function updated(state: Weights, error: Tensor1D, places: Tensor2D, index: Tensor1D): Weights {
  const { 'bins.count': count, 'bins.mean': center, 'bins.spread': spread, 'images.count': looks, 'images.score': score } = state;
  const at = (values: Tensor1D): Tensor1D => sum(mul(places, values), 1);
  const deviation = maximum(mul(at(spread as Tensor1D), DEVIATIONS_PER_SPREAD), 0.01);
  const standardized = clipByValue(div(sub(error, at(center as Tensor1D)), deviation), -LARGEST_SCORE, LARGEST_SCORE) as Tensor1D;
  const isKnown = cast(greaterEqual(at(count as Tensor1D), LEAST_SAMPLES), 'float32');
  const rows = mul<Tensor2D>(placesOf(index, looks!.size), expandDims(isKnown, 1));
  const images = averaged({ count: looks, mean: score } as RunningMeans, rows, standardized, IMAGE_MEMORY);
  const means = averaged({ count, mean: center } as RunningMeans, places, error, BIN_MEMORY);
  const distances = abs(sub(error, at(means.mean))) as Tensor1D;
  const spreads = averaged({ count, mean: spread } as RunningMeans, places, distances, BIN_MEMORY);
  return {
    'bins.count': means.count,
    'bins.mean': means.mean,
    'bins.spread': spreads.mean,
    'images.count': images.count,
    'images.score': images.mean,
  };
}

function checked({ mode = 'hard', share = 0.2, warmup = 250, bins = 20 }: ImageTrustOptions): Required<ImageTrustOptions> {
  assertOneOf('imageTrust: mode', mode, ['hard', 'soft']);
  assertContamination('imageTrust', { share, warmup });
  assertPositiveInteger('imageTrust: bins', bins);
  return { mode, share, warmup, bins };
}
