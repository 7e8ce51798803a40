import { type Backend, ConfigError, createRng, type ImageBatch, imageSet, ShapeError } from '@rddpm/core';
import type { ModelInfo, Smoothing } from '@rddpm/core/contracts';
import type { Detection } from '@rddpm/detector';
import { decodeCalibration, scoreSet } from '@rddpm/maps';
import type { DetectionConfig } from './detection-config.ts';
import { completeAsking } from './diffusion-config.ts';
import type { DiffusionModel } from './diffusion-model.ts';
import { askingConfigOf, DIFFUSION_METHODS, untrained } from './methods.ts';

export type DetectOptions = {
  readonly backend: Backend;
  /** Fields that are to differ from the model's. Then maps are not calibrated, and there is no threshold: both belong to the model's own way of detecting. */
  readonly detection?: Partial<DetectionConfig>;
  /** How far maps are smoothed. @defaultValue the model's */
  readonly smoothing?: Smoothing;
  /** From where on a score, and a pixel, is anomalous. @defaultValue the model's, unless `detection` or `smoothing` is another */
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
  const { info } = model;
  const { detection, smoothing = info.smoothing, onProgress, signal } = options;
  const { width, height, channels } = info.input;
  if (images.shape.slice(1).join() !== `${height},${width},${channels}`) {
    throw new ShapeError(`detect: images is [${images.shape}]; the model's are [n, ${height}, ${width}, ${channels}]`);
  }
  if (images.shape[0] === 0) throw new ConfigError('detect: there are no images');
  const stored = askingConfigOf(info);
  const wanted = completeAsking(untrained.config.parse({ detection }, stored), info.input);
  assertAsked(info, wanted.detection);
  const isRead = JSON.stringify(wanted.detection) === JSON.stringify(stored.detection); // the schema puts fields into one order
  const isTheModels = isRead && JSON.stringify(smoothing) === JSON.stringify(info.smoothing);
  const scorer = await untrained.scorer(model, wanted, { backend: async () => options.backend, rng: createRng(info.seed) });
  try {
    const { maps, scores, pictures } = await scoreSet({
      method: info.method,
      scorer,
      calibration: isRead && info.calibration ? decodeCalibration(info.calibration, info.input) : undefined,
      set: imageSet(images),
      smoothing,
      onProgress,
      signal,
    });
    const threshold = options.threshold ?? (isTheModels ? info.threshold?.value : undefined);
    return { maps, scores, reconstructions: pictures.reconstruction!, threshold };
  } finally {
    scorer.dispose();
  }
}

/** @throws {ConfigError} for timesteps that the model was not trained for. */
function assertAsked({ method, config }: ModelInfo, detection: DetectionConfig): void {
  const trained = DIFFUSION_METHODS.find(({ name }) => name === method);
  trained?.config.parse({ ...(config as object), detection });
}
