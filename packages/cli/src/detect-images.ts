import type { ImageBatch } from '@rddpm/core';
import type { Detection, Detector } from '@rddpm/detector';
import { detectAll as detectThem, thresholdImages, thresholdOf } from '@rddpm/diffusion';
import { type Context, throwIfInterrupted } from './io.ts';
import { startProgress } from './progress.ts';

/** `Detector.detect` with progress; Ctrl-C ends it between two chunks. */
export async function detectAll(detector: Detector, images: ImageBatch, title: string, context: Context): Promise<Detection> {
  const progress = startProgress(context, { title, total: images.shape[0]!, unit: 'images' });
  try {
    return await detectThem(detector, images, { signal: context.signal, onProgress: (done) => progress.update(done) });
  } catch (error) {
    throwIfInterrupted(context);
    throw error;
  } finally {
    progress.stop();
  }
}

/** @see thresholdImages for which ones are scored */
export async function scoreThreshold(detector: Detector, training: ImageBatch, context: Context) {
  const { scores } = await detectAll(detector, thresholdImages(training), 'threshold', context);
  return thresholdOf(scores);
}
