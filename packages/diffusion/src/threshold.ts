import type { ImageBatch } from '@rddpm/core';
import { quantileThreshold } from '@rddpm/maps';
import type { ModelInfo } from './model-info.ts';
import { pickImages } from './pick-images.ts';

const THRESHOLD_IMAGES = 32;
const THRESHOLD_QUANTILE = 0.9;

/** At most 32 training images, evenly spread: their scores make a threshold. They are not sorted: some may be defective, which its quantile allows for. */
export function thresholdImages(training: ImageBatch): ImageBatch {
  const n = training.shape[0]!;
  const images = Math.min(n, THRESHOLD_IMAGES);
  return pickImages(
    training,
    Array.from({ length: images }, (_, i) => Math.floor((i * n) / images)),
  );
}

/** @param scores Of training images. */
export function thresholdOf(scores: Float64Array): NonNullable<ModelInfo['threshold']> {
  return { value: quantileThreshold(scores, THRESHOLD_QUANTILE), quantile: THRESHOLD_QUANTILE, images: scores.length };
}
