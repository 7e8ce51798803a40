/** How a trained network is asked for anomaly maps: the options of `createDetector` and `createStepReader` that a file can hold. */
import { ConfigError, definedFields } from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';
import { DETECTOR_DEFAULTS, ENCODINGS, STEP_ERRORS, STEP_READER_DEFAULTS } from '@rddpm/detector';
import {
  createSchedule,
  noiseConfigSchema,
  predictionTypeSchema,
  samplerConfigSchema,
  scheduleConfigSchema,
  spacingSchema,
} from '@rddpm/scheduler/config';
import * as z from 'zod/mini';
import { READING_LEVELS, timestepsAt } from './noise-levels.ts';
import { samplerNamed } from './sampler-named.ts';

const count = z.int().check(z.gte(1));

/** How maps are made with a trained network: from single steps, each independent of the others, or from walks, which noise an image and go back in a chain. */
const READINGS = ['steps', 'walk'] as const;

/** Smoothing is not among the fields: `ModelInfo` has it, for all methods alike. */
export const detectionConfigSchema = z.strictObject({
  reading: z.enum(READINGS),
  /** Of single steps, 0-based; null for those of `READING_LEVELS` at the images' size. */
  timesteps: z._default(z.nullable(z.array(z.int().check(z.gte(0))).check(z.minLength(1))), null),
  forwardSteps: count,
  reverseSteps: count,
  evaluations: count,
  spacing: spacingSchema,
  sampler: samplerConfigSchema,
  encode: z.enum(ENCODINGS),
  draws: count,
  /** 'noise' is for single steps only. */
  error: z.enum(STEP_ERRORS),
  /** How a pixel's channels become one number. */
  channelReduction: z.enum(['mean', 'max', 'sum']),
});

export type DetectionConfig = z.input<typeof detectionConfigSchema>;

/** The diffusion process that a network was trained for: how images are noised, and what is predicted of them. */
export const processConfigSchema = z.strictObject({
  schedule: scheduleConfigSchema,
  /** What the network predicts. */
  prediction: predictionTypeSchema,
  noise: noiseConfigSchema,
});

export type ProcessConfig = z.input<typeof processConfigSchema>;

/** What a reading has by default. */
const READING_DEFAULTS = {
  steps: { draws: STEP_READER_DEFAULTS.draws, error: STEP_READER_DEFAULTS.error },
  walk: { draws: DETECTOR_DEFAULTS.draws, error: 'squared' },
} as const satisfies Record<(typeof READINGS)[number], Partial<DetectionConfig>>;

export const DETECTION_DEFAULTS = {
  reading: 'steps',
  timesteps: null,
  ...READING_DEFAULTS.steps,
  forwardSteps: DETECTOR_DEFAULTS.forwardSteps,
  reverseSteps: DETECTOR_DEFAULTS.forwardSteps,
  evaluations: DETECTOR_DEFAULTS.evaluations,
  spacing: DETECTOR_DEFAULTS.spacing,
  sampler: { name: 'ddim' },
  encode: DETECTOR_DEFAULTS.encode,
  channelReduction: 'mean',
} as const satisfies DetectionConfig;

/** Fields that single steps don't have: a config that gives one of them wants a walk. */
const OF_WALKS = ['forwardSteps', 'reverseSteps', 'evaluations', 'spacing', 'sampler', 'encode'] as const;

/**
 * `given` over `earlier` over the defaults, and what follows from what:
 *
 * - without `reading`, a field that only walks have makes it a walk; a list of `timesteps`, or the error 'noise', makes it single steps;
 * - another reading starts from its own defaults of `draws` and `error`;
 * - `forwardSteps` is at most as long as the schedule, and `reverseSteps` is as many unless it is given;
 * - an inversion draws no noise, so it has one draw;
 * - a sampler of another name keeps the range that images are clipped to.
 */
export function mergeDetection(
  given: Partial<DetectionConfig>,
  earlier: Partial<DetectionConfig>,
  { schedule }: Pick<ProcessConfig, 'schedule'>,
): DetectionConfig {
  if (!isRecord(given)) return given; // the schema says what is wrong with it
  const known = earlier.reading ?? DETECTION_DEFAULTS.reading;
  const wantsSteps = Array.isArray(given.timesteps) || given.error === 'noise';
  const reading = given.reading ?? (OF_WALKS.some((field) => given[field] !== undefined) ? 'walk' : wantsSteps ? 'steps' : known);
  const before: Partial<DetectionConfig> = reading === known ? earlier : { ...earlier, draws: undefined, error: undefined };
  const defaults = { ...DETECTION_DEFAULTS, ...(READING_DEFAULTS[reading] ?? {}) }; // the schema says what is wrong with another
  const forwardSteps = given.forwardSteps ?? before.forwardSteps ?? Math.min(defaults.forwardSteps, createSchedule(schedule).steps);
  const followed = given.forwardSteps === undefined ? before.reverseSteps : undefined;
  const reverseSteps = given.reverseSteps ?? followed ?? forwardSteps;
  const encode = given.encode ?? before.encode ?? defaults.encode;
  const drawn = encode === before.encode ? before.draws : undefined;
  return {
    ...defaults,
    ...definedFields(before),
    ...definedFields(given),
    reading,
    forwardSteps,
    reverseSteps,
    evaluations: given.evaluations ?? Math.min(before.evaluations ?? defaults.evaluations, reverseSteps),
    encode,
    draws: given.draws ?? drawn ?? (reading === 'walk' && encode === 'inversion' ? 1 : defaults.draws),
    sampler: mergeSampler(given.sampler, before.sampler ?? defaults.sampler),
  };
}

/** With the timesteps that images of this size are read at. */
export function completeDetection(detection: DetectionConfig, { schedule }: Pick<ProcessConfig, 'schedule'>, input: Size): DetectionConfig {
  if (detection.reading !== 'steps' || detection.timesteps) return detection;
  return { ...detection, timesteps: timestepsAt(READING_LEVELS, createSchedule(schedule), input) };
}

/** One more than the largest timestep that a network is asked about. */
export function depthAsked({ reading, timesteps, forwardSteps, reverseSteps }: DetectionConfig): number {
  return reading === 'walk' ? Math.max(forwardSteps, reverseSteps) : 1 + Math.max(0, ...(timesteps ?? []));
}

/** @param given May lack its name: it changes the options of the sampler before. */
function mergeSampler(given: Partial<DetectionConfig['sampler']> = {}, before: DetectionConfig['sampler']): DetectionConfig['sampler'] {
  if (!isRecord(given)) return given;
  const { name = before.name, ...options } = given;
  if (!samplerConfigSchema.safeParse({ name }).success) return given as DetectionConfig['sampler']; // the schema says what is wrong with it
  return { ...samplerNamed(name, before), ...options } as DetectionConfig['sampler'];
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws {ConfigError} for more steps than the schedule has, more evaluations than steps, and what can't be inverted. */
export function assertDetects(where: string, detection: DetectionConfig, { schedule, prediction }: ProcessConfig): void {
  const { steps } = createSchedule(schedule);
  const beyond = detection.reading === 'steps' && detection.timesteps?.find((t) => t >= steps);
  if (typeof beyond === 'number') {
    throw new ConfigError(`${where}: detection.timesteps hold ${beyond}, but the schedule has ${steps} steps`);
  }
  for (const name of ['forwardSteps', 'reverseSteps'] as const) {
    if (detection[name] > steps)
      throw new ConfigError(`${where}: detection.${name} is ${detection[name]}, but the schedule has ${steps} steps`);
  }
  const { reading, error, reverseSteps, evaluations, encode, draws } = detection;
  if (reading === 'walk' && error === 'noise') {
    throw new ConfigError(`${where}: detection.error is noise, which a walk has none of; it must be squared or absolute, or reading steps`);
  }
  if (evaluations > reverseSteps) {
    throw new ConfigError(`${where}: detection.evaluations is ${evaluations}, but there are ${reverseSteps} reverse steps`);
  }
  if (reading !== 'walk' || encode !== 'inversion') return;
  if (draws > 1) throw new ConfigError(`${where}: detection.draws is ${draws}, but an inversion draws no noise; it must be 1`);
  if (prediction === 'sample') {
    throw new ConfigError(
      `${where}: detection.encode is inversion, which needs a network that predicts noise or v; at the clean image a prediction of 'sample' implies no noise`,
    );
  }
}
