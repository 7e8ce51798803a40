/** From images to maps, a chunk of images at a time. */
import type { ImageBatch } from '@rddpm/core';
import type { Detection, Detector } from '@rddpm/detector';
import { CHUNK, thresholdImages, thresholdOf } from '@rddpm/detector/config';
import ndarray from 'ndarray';
import { type Context, throwIfInterrupted } from './io.ts';
import { startProgress } from './progress.ts';

/** `Detector.detect` with progress; Ctrl-C ends it between two chunks. */
export async function detectAll(detector: Detector, images: ImageBatch, title: string, context: Context): Promise<Detection> {
  const [n, h, w, c] = images.shape as [number, number, number, number];
  const maps = new Float32Array(n * h * w);
  const reconstructions = new Float32Array(n * h * w * c);
  const scores = new Float64Array(n);
  const progress = startProgress(context, { title, total: n, unit: 'images' });
  try {
    for (let first = 0; first < n; first += CHUNK) {
      throwIfInterrupted(context);
      const chunk = await detector.detect(images.hi(Math.min(n, first + CHUNK)).lo(first), { firstIndex: first });
      maps.set(chunk.maps.data, first * h * w);
      reconstructions.set(chunk.reconstructions.data, first * h * w * c);
      scores.set(chunk.scores, first);
      progress.update(Math.min(n, first + CHUNK));
    }
  } finally {
    progress.stop();
  }
  return { maps: ndarray(maps, [n, h, w]), reconstructions: ndarray(reconstructions, [n, h, w, c]), scores };
}

/** @see thresholdImages for which ones are scored */
export async function scoreThreshold(detector: Detector, training: ImageBatch, context: Context) {
  const { scores } = await detectAll(detector, thresholdImages(training), 'threshold', context);
  return thresholdOf(scores);
}
