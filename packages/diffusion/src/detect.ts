import { type Backend, ConfigError, type ImageBatch, ShapeError, toTensors } from '@rddpm/core';
import type { Detection } from '@rddpm/detector';
import { dispose } from '@tensorflow/tfjs-core';
import { createConfiguredDetector } from './configured-detector.ts';
import { detectAll } from './detect-all.ts';
import type { DiffusionModel } from './diffusion-model.ts';
import { type DetectionConfig, detectionConfigSchema } from './model-info.ts';
import { parsed } from './parsed.ts';

export type DetectOptions = {
  readonly backend: Backend;
  /** Fields that are to be other than the model's. Its threshold belongs to its own way of detecting. */
  readonly detection?: Partial<DetectionConfig>;
  /** From where on a score, and a pixel, is anomalous. @defaultValue the model's, unless `detection` is another */
  readonly threshold?: number;
  /** Told how many images are done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

/** @property threshold From where on a score, and a pixel, is anomalous; undefined where the model has none that fits. */
export type JudgedDetection = Detection & { readonly threshold: number | undefined };

/**
 * Marks what a model would not have drawn.
 *
 * @param images [n, h, w, c] in [0, 1], of the model's size and channels.
 * @throws {ShapeError} for images of another size; {ConfigError} for a way of detecting that can't work; the signal's reason once it is aborted.
 */
export async function detect(model: DiffusionModel, images: ImageBatch, options: DetectOptions): Promise<JudgedDetection> {
  const { network, info } = model;
  const { backend, detection, onProgress, signal } = options;
  const [n, height, width, channels] = images.shape as [number, number, number, number];
  if (images.shape.length !== 4 || height !== info.size || width !== info.size || channels !== info.channels) {
    throw new ShapeError(`detect: images is [${images.shape}]; the model's are [n, ${info.size}, ${info.size}, ${info.channels}]`);
  }
  if (n === 0) throw new ConfigError('detect: there are no images');
  const stored = detectionConfigSchema.parse(info.detection);
  const given = Object.fromEntries(Object.entries(detection ?? {}).filter(([, value]) => value !== undefined));
  const wanted = parsed('detect: detection', detectionConfigSchema, { ...stored, ...given });
  const isTheModels = JSON.stringify(wanted) === JSON.stringify(stored); // the schema puts fields into one order
  const weights = toTensors(model.weights);
  try {
    const detector = createConfiguredDetector({ ...info, detection: wanted, network, weights, backend });
    const found = await detectAll(detector, images, { onProgress, signal });
    return { ...found, threshold: options.threshold ?? (isTheModels ? info.threshold?.value : undefined) };
  } finally {
    dispose(weights);
  }
}
