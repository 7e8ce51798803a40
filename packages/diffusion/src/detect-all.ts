import type { ImageBatch } from '@rddpm/core';
import type { Detection, Detector } from '@rddpm/detector';
import ndarray from 'ndarray';
import { CHUNK } from './configured-detector.ts';

/** What was found in the images from `first` on. */
export type DetectedChunk = { readonly first: number; readonly detection: Detection };

export type DetectAllOptions = {
  /** Told how many images are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** `Detector.detect`, a few images at a time; ends early, between two chunks, once the signal is aborted. The results are those of one call. */
export async function* detectInChunks(
  detector: Detector,
  images: ImageBatch,
  signal?: AbortSignal | undefined,
): AsyncGenerator<DetectedChunk, void> {
  const n = images.shape[0]!;
  for (let first = 0; first < n && !signal?.aborted; first += CHUNK) {
    yield { first, detection: await detector.detect(images.hi(Math.min(n, first + CHUNK)).lo(first), { firstIndex: first }) };
  }
}

/** `Detector.detect` with progress. @throws the signal's reason once it is aborted. */
export async function detectAll(detector: Detector, images: ImageBatch, { onProgress, signal }: DetectAllOptions = {}): Promise<Detection> {
  const [n, h, w, c] = images.shape as [number, number, number, number];
  const maps = new Float32Array(n * h * w);
  const reconstructions = new Float32Array(n * h * w * c);
  const scores = new Float64Array(n);
  for await (const { first, detection } of detectInChunks(detector, images, signal)) {
    maps.set(detection.maps.data, first * h * w);
    reconstructions.set(detection.reconstructions.data, first * h * w * c);
    scores.set(detection.scores, first);
    onProgress?.(first + detection.scores.length, n);
  }
  signal?.throwIfAborted();
  return { maps: ndarray(maps, [n, h, w]), reconstructions: ndarray(reconstructions, [n, h, w, c]), scores };
}
