/**
 * Detection as a file describes it: what config files, checkpoints and models hold, and the detector that follows from it. Whoever
 * builds it from here – a command, a page – gets the same maps. Apart from the main entry, which does without zod.
 */
import { type Backend, createRng, type DenoisingNetwork, FormatError, type ImageBatch, type Weights } from '@rddpm/core';
import { ddimSampler } from '@rddpm/scheduler';
import { createSchedule, type ScheduleConfig, scheduleConfigSchema } from '@rddpm/scheduler/config';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { createDetector, type Detector } from './detector.ts';
import { rowMajor } from './row-major.ts';
import { quantileThreshold } from './threshold.ts';

const count = z.int().check(z.gte(1));

/** The options of `createDetector` that can be written down, and the DDIM sampler's. */
export const detectionConfigSchema = z.strictObject({
  forwardSteps: count,
  reverseSteps: count,
  evaluations: count,
  draws: count,
  /** Of the DDIM sampler: 0 is deterministic. */
  eta: z.number().check(z.gte(0)),
  error: z.enum(['squared', 'absolute']),
  channels: z.enum(['mean', 'max', 'sum']),
  /** Gaussian sigma in pixels at a side length of 64. */
  smoothing: z.number().check(z.gte(0)),
});

export type DetectionConfig = z.infer<typeof detectionConfigSchema>;

/** How a trained network is used: what `rddpm.json` beside a model holds, and the metadata `'rddpm.json'` within one. */
export const modelInfoSchema = z.strictObject({
  version: z.literal(1),
  /** Images are resized to a square of this side length, smoothly, and go to the network in [-1, 1]. */
  size: count,
  channels: z.literal([1, 3]),
  schedule: scheduleConfigSchema,
  detection: detectionConfigSchema,
  /** Scores and pixels from here on are anomalous: the `quantile` of the scores of `images` training images. */
  threshold: z.strictObject({ value: z.number(), quantile: z.number(), images: z.int() }),
  /** Where the detector's noise comes from. */
  seed: z.int(),
  /** Training steps done; the weights are their exponential moving average. */
  steps: z.int(),
});

export type ModelInfo = z.infer<typeof modelInfoSchema>;

/** The name of a model's info, as a file beside it and as metadata within it. */
export const MODEL_INFO = 'rddpm.json';

/**
 * A model's info out of the metadata of its file.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if it is missing or not what it should be.
 */
export function modelInfoIn(metadata: Readonly<Record<string, string>>, source: string): ModelInfo {
  const text = metadata[MODEL_INFO];
  if (text === undefined) {
    throw new FormatError(`${source}: a network, but nothing says how images are prepared: its metadata lacks '${MODEL_INFO}'`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source}: the metadata's '${MODEL_INFO}' is not JSON`, { cause });
  }
  const parsed = modelInfoSchema.safeParse(value, { error: z.locales.en().localeError }); // zod/mini alone says 'Invalid input'
  if (parsed.success) return parsed.data;
  throw new FormatError(`${source}: the metadata's '${MODEL_INFO}' is not what it should be:\n${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  });
}

/** Images that a detector is given at once, so that it can be interrupted and tells how far it is. Draws go through the network so, too. */
export const CHUNK = 8;

/**
 * The detector that a config describes: DDIM, noise from `createRng(seed).fork('detection')`.
 *
 * @throws {ConfigError} for a config that can't work.
 */
export function createConfiguredDetector(options: {
  readonly network: DenoisingNetwork;
  /** As `createDetector`'s: frozen into the graph; the caller disposes them after the last detection. */
  readonly weights: Weights;
  readonly backend: Backend;
  readonly schedule: ScheduleConfig;
  readonly detection: DetectionConfig;
  readonly seed: number;
}): Detector {
  const { network, weights, backend, detection, seed } = options;
  const { eta, ...settings } = detection;
  const schedule = createSchedule(options.schedule);
  const sampler = ddimSampler(schedule, { eta });
  const rng = createRng(seed).fork('detection');
  return createDetector({ network, weights, schedule, sampler, backend, batchSize: CHUNK, rng, ...settings });
}

const THRESHOLD_IMAGES = 32;
const THRESHOLD_QUANTILE = 0.9;

/** At most 32 training images, evenly spread: their scores make a threshold. They are not sorted: some may be defective, which its quantile allows for. */
export function thresholdImages(training: ImageBatch): ImageBatch {
  const [n, ...inner] = training.shape as [number, ...number[]];
  const values = rowMajor(training);
  const size = values.length / n;
  const images = Math.min(n, THRESHOLD_IMAGES);
  const data = new Float32Array(images * size);
  for (let i = 0; i < images; i++) {
    const row = Math.floor((i * n) / images);
    data.set(values.subarray(row * size, (row + 1) * size), i * size);
  }
  return ndarray(data, [images, ...inner]);
}

/** @param scores Of training images. */
export function thresholdOf(scores: Float64Array): ModelInfo['threshold'] {
  return { value: quantileThreshold(scores, THRESHOLD_QUANTILE), quantile: THRESHOLD_QUANTILE, images: scores.length };
}
