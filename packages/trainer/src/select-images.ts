import { assertOneOf, assertPositiveInteger, type HostWeights, PREDICTION_TYPES } from '@rddpm/core';
import { gaussianNoise } from '@rddpm/scheduler';
import { dispose, tensor1d } from '@tensorflow/tfjs-core';
import { flatten, layoutOf } from './flat-weights.ts';
import { networkImages } from './network-images.ts';
import { imageScorer } from './score-images.ts';
import type { SelectedImages, Selection } from './selection.ts';
import { assertTimesteps, TRAIN_DEFAULTS, type TrainOptions } from './train-options.ts';

export type SelectImagesOptions = Pick<
  TrainOptions,
  'network' | 'schedule' | 'prediction' | 'noise' | 'backend' | 'images' | 'batchSize' | 'rng'
> & {
  /** Of the network, such as a run's moving average. */
  readonly weights: HostWeights;
  readonly selection: Selection;
};

/**
 * Asks a selection about images outside of a training run: after its end, say, which of them look defective to the finished network. With
 * the options of a run, the noise is that of the run's selections.
 *
 * @throws {ConfigError}, {ShapeError} for options that can't work, and rows of a training set that can't be learnt from; whatever reading
 *   rejects with.
 */
export async function selectImages({ weights, selection, ...options }: SelectImagesOptions): Promise<SelectedImages> {
  const { prediction = TRAIN_DEFAULTS.prediction, noise = gaussianNoise(), batchSize = TRAIN_DEFAULTS.batchSize } = options;
  assertOneOf('selectImages: prediction', prediction, PREDICTION_TYPES);
  assertPositiveInteger('selectImages: batchSize', batchSize);
  const images = networkImages('selectImages: images', options.images);
  assertTimesteps('selectImages: selection', selection, options.schedule);
  const layout = layoutOf(weights);
  const vectors = flatten(weights, layout, 'selectImages: weights').map((vector) => tensor1d(vector));
  try {
    const score = imageScorer({ ...options, prediction, noise, images, batchSize }, layout);
    return selection.select(await score(vectors, selection));
  } finally {
    dispose(vectors);
  }
}
