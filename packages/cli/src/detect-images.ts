/** From images to maps: the detector as a model's settings want it, a chunk of images at a time. */
import { type Backend, createRng, type DenoisingNetwork, type ImageBatch, type NoiseSchedule, type Weights } from '@rddpm/core';
import { createDetector, type Detection, type Detector, quantileThreshold } from '@rddpm/detector';
import { ddimSampler } from '@rddpm/scheduler';
import ndarray from 'ndarray';
import { type Context, throwIfInterrupted } from './io.ts';
import { startProgress } from './progress.ts';
import type { DetectionConfig } from './run-config.ts';

const BATCH = 8; // draws at once
const THRESHOLD_IMAGES = 32;
const THRESHOLD_QUANTILE = 0.9;

export function detectorOf(options: {
  network: DenoisingNetwork;
  weights: Weights;
  schedule: NoiseSchedule;
  detection: DetectionConfig;
  backend: Backend;
  seed: number;
}): Detector {
  const { network, weights, schedule, detection, backend, seed } = options;
  const { eta, ...settings } = detection;
  const sampler = ddimSampler(schedule, { eta });
  return createDetector({
    network,
    weights,
    schedule,
    sampler,
    backend,
    batchSize: BATCH,
    rng: createRng(seed).fork('detection'),
    ...settings,
  });
}

/** `Detector.detect` with progress; Ctrl-C ends it between two chunks. */
export async function detectAll(detector: Detector, images: ImageBatch, title: string, context: Context): Promise<Detection> {
  const [n, h, w, c] = images.shape as [number, number, number, number];
  const maps = new Float32Array(n * h * w);
  const reconstructions = new Float32Array(n * h * w * c);
  const scores = new Float64Array(n);
  const progress = startProgress(context, { title, total: n, unit: 'images' });
  try {
    for (let first = 0; first < n; first += BATCH) {
      throwIfInterrupted(context);
      const chunk = await detector.detect(images.hi(Math.min(n, first + BATCH)).lo(first), { firstIndex: first });
      maps.set(chunk.maps.data, first * h * w);
      reconstructions.set(chunk.reconstructions.data, first * h * w * c);
      scores.set(chunk.scores, first);
      progress.update(Math.min(n, first + BATCH));
    }
  } finally {
    progress.stop();
  }
  return { maps: ndarray(maps, [n, h, w]), reconstructions: ndarray(reconstructions, [n, h, w, c]), scores };
}

/** From at most 32 training images, evenly spread. They are not sorted: some may be defective, which the quantile allows for. */
export async function scoreThreshold(detector: Detector, training: ImageBatch, context: Context) {
  const n = training.shape[0]!;
  const images = Math.min(n, THRESHOLD_IMAGES);
  const chosen = pick(
    training,
    Array.from({ length: images }, (_, i) => Math.floor((i * n) / images)),
  );
  const { scores } = await detectAll(detector, chosen, 'threshold', context);
  return thresholdOf(scores);
}

/** @param scores Of training images. */
export function thresholdOf(scores: Float64Array) {
  return { value: quantileThreshold(scores, THRESHOLD_QUANTILE), quantile: THRESHOLD_QUANTILE, images: scores.length };
}

/** Rows of a batch that is stored without gaps. */
function pick(images: ImageBatch, rows: readonly number[]): ImageBatch {
  const [, ...inner] = images.shape;
  const size = inner.reduce((product, length) => product * length, 1);
  const data = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) data.set(images.data.subarray(row * size, (row + 1) * size), i * size);
  return ndarray(data, [rows.length, ...inner]);
}
