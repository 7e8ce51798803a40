/** How a trained network is used, as files hold it: `rddpm.json` beside a model, metadata within one. */
import { FormatError } from '@rddpm/core';
import { ENCODINGS } from '@rddpm/detector';
import { noiseConfigSchema, predictionTypeSchema, samplerConfigSchema, scheduleConfigSchema, spacingSchema } from '@rddpm/scheduler/config';
import * as z from 'zod/mini';

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

/** @throws {FormatError} if the text is not what `rddpm.json` holds. @param source Named in errors, such as the file's path. */
export function parseModelInfo(text: string, source: string): ModelInfo {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source} is not JSON`, { cause });
  }
  const parsed = modelInfoSchema.safeParse(value, { error: z.locales.en().localeError }); // zod/mini alone says 'Invalid input'
  if (parsed.success) return parsed.data;
  throw new FormatError(`${source} is not what it should be:\n${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}

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
  return parseModelInfo(text, `${source}: the metadata's '${MODEL_INFO}'`);
}
