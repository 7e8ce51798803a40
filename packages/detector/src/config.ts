/**
 * Detection as a file describes it: what config files, checkpoints and models hold, and the detector that follows from it. Whoever
 * builds it from here – a command, a page – gets the same maps. Apart from the main entry, which does without zod.
 */
import { type Backend, createRng, type DenoisingNetwork, FormatError, type ImageBatch, type Weights } from '@rddpm/core';
import { quantileThreshold, rowMajor } from '@rddpm/maps';
import {
  createNoise,
  createSampler,
  createSchedule,
  noiseConfigSchema,
  predictionTypeSchema,
  samplerConfigSchema,
  scheduleConfigSchema,
  spacingSchema,
} from '@rddpm/scheduler/config';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { createDetector, type Detector } from './detector.ts';
import { ENCODINGS } from './detector-options.ts';

const count = z.int().check(z.gte(1));

/** The options of `createDetector` that can be written down, and the sampler's. */
export const detectionConfigSchema = z.strictObject({
  forwardSteps: count,
  reverseSteps: count,
  evaluations: count,
  spacing: spacingSchema,
  sampler: samplerConfigSchema,
  encode: z.enum(ENCODINGS),
  draws: count,
  error: z.enum(['squared', 'absolute']),
  channels: z.enum(['mean', 'max', 'sum']),
  /** Gaussian sigma in pixels at a side length of 64. */
  smoothing: z.number().check(z.gte(0)),
});

export type DetectionConfig = z.input<typeof detectionConfigSchema>;

/** What a network was trained for, and images are noised and denoised by. */
export const diffusionConfigSchema = z.strictObject({
  schedule: scheduleConfigSchema,
  /** What the network predicts. */
  prediction: predictionTypeSchema,
  noise: noiseConfigSchema,
});

/** How a trained network is used: what `rddpm.json` beside a model holds, and the metadata `'rddpm.json'` within one. */
export const modelInfoSchema = z.strictObject({
  version: z.literal(1),
  /** Images are resized to a square of this side length, smoothly, and go to the network in [-1, 1]. */
  size: count,
  channels: z.literal([1, 3]),
  diffusion: diffusionConfigSchema,
  detection: detectionConfigSchema,
  /** Scores and pixels from here on are anomalous: the `quantile` of the scores of `images` training images. Null if there were none. */
  threshold: z.nullable(z.strictObject({ value: z.number(), quantile: z.number(), images: z.int() })),
  /** Where the detector's noise comes from. */
  seed: z.int(),
  /** Training steps done; the weights are their exponential moving average. Null for a model that was trained elsewhere. */
  steps: z.nullable(z.int()),
});

export type ModelInfo = z.input<typeof modelInfoSchema>;

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
 * The detector that a model's info describes, with noise from `createRng(seed).fork('detection')`.
 *
 * @throws {ConfigError} for a config that can't work.
 */
export function createConfiguredDetector(
  options: Pick<ModelInfo, 'diffusion' | 'detection' | 'seed'> & {
    readonly network: DenoisingNetwork;
    /** As `createDetector`'s: frozen into the graph; the caller disposes them after the last detection. */
    readonly weights: Weights;
    readonly backend: Backend;
  },
): Detector {
  const { network, weights, backend, diffusion, detection, seed } = options;
  const schedule = createSchedule(diffusion.schedule);
  return createDetector({
    ...detection,
    network,
    weights,
    backend,
    schedule,
    sampler: createSampler(schedule, detection.sampler, diffusion.prediction),
    noise: createNoise(diffusion.noise),
    rng: createRng(seed).fork('detection'),
    batchSize: CHUNK,
  });
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
export function thresholdOf(scores: Float64Array): NonNullable<ModelInfo['threshold']> {
  return { value: quantileThreshold(scores, THRESHOLD_QUANTILE), quantile: THRESHOLD_QUANTILE, images: scores.length };
}
