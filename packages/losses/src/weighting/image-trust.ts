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
import { oneHotRows } from './one-hot.ts';
import { assertPerSample, type PerSampleLoss } from './per-sample-loss.ts';
import { averaged, type RunningMeans } from './running-mean.ts';

export type ImageTrustOptions = {
  /**
   * `hard`: the images with the highest scores have weight 0, the share `trim` of all images. `soft`: an image's weight falls with how far its
   * score lies above the images' median, `1 / (1 + (distance / 2.385 deviations)²)`, which is Cauchy's weight at 95 % efficiency; the share of
   * contaminated images need not be known.
   *
   * @defaultValue 'hard'
   */
  readonly mode?: 'hard' | 'soft';
  /** The share of the images that is taken for contaminated, in [0, 1); `soft` doesn't look at it. @defaultValue 0.2 */
  readonly trim?: number;
  /** For how many steps at the start of training all images have weight 1; their scores are collected from the first step. @defaultValue 250 */
  readonly warmupSteps?: number;
  /** How many bins of ln σ, from -5 to 5, have running moments of their own. @defaultValue 20 */
  readonly bins?: number;
};

/** How many samples a bin's moments, and an image's score, look back on. */
const BIN_MEMORY = 100;
const IMAGE_MEMORY = 50;

/** A sample is not scored by a bin that has seen fewer samples than this. */
const LEAST_SAMPLES = 10;

/** A sample's standardised error is cut off at this many deviations either way. */
const LARGEST_SCORE = 3;

/** An image's score is multiplied by count / (count + PRIOR): with few samples it stays near 0, the average. */
const PRIOR = 2;

/** A normal distribution's standard deviation over its mean absolute deviation: √(π/2). */
const DEVIATIONS_PER_SPREAD = Math.sqrt(Math.PI / 2);

/**
 * Trust per training image: an image whose error stays high for its noise is trusted less.
 *
 * Each sample's error is `(ln L − mean) / deviation`, with the running mean and deviation of samples at like σ; an image's score is the running
 * mean of its samples' errors. Scores decide the images' weights. The loss is the weighted mean over the batch, divided by the mean weight of
 * all images: were it divided by the batch's, a trusted image would pull harder beside distrusted ones. Weights come from the state before the
 * step, and carry no gradient.
 *
 * State: `bins.count`, `bins.mean`, `bins.spread` (mean absolute deviation), [bins], and `images.count`, `images.score`, [images], in
 * rows of the training set: the images with the highest scores are the suspects. `imageTrustWeights` gives the weights.
 *
 * @param loss L, per sample.
 * @throws {ConfigError} if an option is out of its range, or `images` isn't a whole number of at least 1; from `apply`, {ShapeError}
 *   unless `loss` returns one number for each sample.
 */
export function imageTrust(loss: PerSampleLoss, options: ImageTrustOptions = {}): StatefulLoss {
  const { mode, trim, warmupSteps, bins } = checked(options);
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
        const trust = imageTrustWeights(state, { mode, trim });
        const weights = where(less(context.step, warmupSteps), 1, trust) as Tensor1D;
        const own = gather(weights, context.index);
        // 0 · ∞ would be NaN, so a dropped sample's loss becomes 0, unless it is NaN, which must surface
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
export function imageTrustWeights(state: Weights, options: Pick<ImageTrustOptions, 'mode' | 'trim'> = {}): Tensor1D {
  const { mode, trim } = checked(options);
  return tidy(() => {
    const count = state['images.count'] as Tensor1D;
    const score = mul<Tensor1D>(state['images.score']!, div(count, add(count, PRIOR)));
    return mode === 'hard' ? hardWeights(score, trim) : softWeights(score);
  });
}

function hardWeights(scores: Tensor1D, trim: number): Tensor1D {
  const positive = relu(add(scores, LARGEST_SCORE)); // kthSmallest takes no negative values
  return cast(lessEqual(positive, kthSmallest(positive, keptCount(1 - trim, scores.size))), 'float32');
}

function softWeights(scores: Tensor1D): Tensor1D {
  const median = quantile(scores, 0.5);
  const deviation = mul(quantile(abs(sub(scores, median)), 0.5), DEVIATIONS_PER_MAD);
  const excess = div(relu(sub(scores, median)), maximum(mul(deviation, EFFICIENCY_95.cauchy), 0.1)); // 0.1 at least: the deviation is 0 as long as most scores are
  return div(1, add(1, square(excess)));
}

function updated(state: Weights, error: Tensor1D, places: Tensor2D, index: Tensor1D): Weights {
  const { 'bins.count': count, 'bins.mean': center, 'bins.spread': spread, 'images.count': looks, 'images.score': score } = state;
  const at = (values: Tensor1D): Tensor1D => sum(mul(places, values), 1);
  const deviation = maximum(mul(at(spread as Tensor1D), DEVIATIONS_PER_SPREAD), 0.01);
  const standardized = clipByValue(div(sub(error, at(center as Tensor1D)), deviation), -LARGEST_SCORE, LARGEST_SCORE) as Tensor1D;
  const isKnown = cast(greaterEqual(at(count as Tensor1D), LEAST_SAMPLES), 'float32');
  const rows = mul<Tensor2D>(oneHotRows(index, looks!.size), expandDims(isKnown, 1));
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

function checked({ mode = 'hard', trim = 0.2, warmupSteps = 250, bins = 20 }: ImageTrustOptions): Required<ImageTrustOptions> {
  assertOneOf('imageTrust: mode', mode, ['hard', 'soft']);
  assertContamination('imageTrust', { trim, warmupSteps });
  assertPositiveInteger('imageTrust: bins', bins);
  return { mode, trim, warmupSteps, bins };
}
