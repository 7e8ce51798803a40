/** How a trained network marks what is odd: the options of `createDetector` that can be written down, and what follows from what. */
import { ConfigError } from '@rddpm/core';
import { ENCODINGS } from '@rddpm/detector';
import {
  createSchedule,
  noiseConfigSchema,
  predictionTypeSchema,
  samplerConfigSchema,
  scheduleConfigSchema,
  spacingSchema,
} from '@rddpm/scheduler/config';
import * as z from 'zod/mini';
import { samplerNamed } from './sampler-named.ts';

const count = z.int().check(z.gte(1));

/** How a trained network is turned into a map. */
const READINGS = ['walk', 'steps'] as const;

const TIMESTEPS = [30, 60, 100, 150, 200];

/** How far maps are smoothed is not the network's affair: `ModelInfo` says it for all methods alike. */
export const detectionConfigSchema = z.strictObject({
  /** Walks noise an image and go back in a chain; single steps are independent of each other. */
  reading: z._default(z.enum(READINGS), 'walk'),
  /** Of single steps: 0-based. */
  timesteps: z._default(z.array(z.int().check(z.gte(0))).check(z.minLength(1)), [...TIMESTEPS]),
  forwardSteps: count,
  reverseSteps: count,
  evaluations: count,
  spacing: spacingSchema,
  sampler: samplerConfigSchema,
  encode: z.enum(ENCODINGS),
  draws: count,
  error: z.enum(['squared', 'absolute']),
  channels: z.enum(['mean', 'max', 'sum']),
});

export type DetectionConfig = z.input<typeof detectionConfigSchema>;

/** What a network was trained for, and images are noised and denoised by. */
export const processConfigSchema = z.strictObject({
  schedule: scheduleConfigSchema,
  /** What the network predicts. */
  prediction: predictionTypeSchema,
  noise: noiseConfigSchema,
});

export type ProcessConfig = z.input<typeof processConfigSchema>;

export const DETECTION_DEFAULTS = {
  reading: 'walk',
  timesteps: TIMESTEPS,
  forwardSteps: 200,
  reverseSteps: 200,
  evaluations: 12,
  spacing: 'linspace',
  sampler: { name: 'ddim' },
  encode: 'noise',
  draws: 2,
  error: 'squared',
  channels: 'mean',
} as const satisfies DetectionConfig;

/**
 * `given` over `before` over the defaults. The schedule limits `forwardSteps`; `reverseSteps` follows it unless it is given, too; an inversion has
 * nothing to draw; another sampler keeps the range of the images.
 */
export function mergeDetection(
  given: Partial<DetectionConfig>,
  before: Partial<DetectionConfig>,
  { schedule }: Pick<ProcessConfig, 'schedule'>,
): DetectionConfig {
  if (!isRecord(given)) return given; // the schema says what is wrong with it
  const defaults = DETECTION_DEFAULTS;
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const forwardSteps = given.forwardSteps ?? before.forwardSteps ?? Math.min(defaults.forwardSteps, createSchedule(schedule).steps);
  const followed = given.forwardSteps === undefined ? before.reverseSteps : undefined;
  const reverseSteps = given.reverseSteps ?? followed ?? forwardSteps;
  const encode = given.encode ?? before.encode ?? defaults.encode;
  const drawn = encode === before.encode ? before.draws : undefined;
  return {
    ...defaults,
    ...before,
    ...said,
    forwardSteps,
    reverseSteps,
    evaluations: given.evaluations ?? Math.min(before.evaluations ?? defaults.evaluations, reverseSteps),
    encode,
    draws: given.draws ?? drawn ?? (encode === 'inversion' ? 1 : defaults.draws),
    sampler: mergeSampler(given.sampler, before.sampler ?? defaults.sampler),
  };
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
  const { reverseSteps, evaluations, encode, draws } = detection;
  if (evaluations > reverseSteps) {
    throw new ConfigError(`${where}: detection.evaluations is ${evaluations}, but there are ${reverseSteps} reverse steps`);
  }
  if (encode !== 'inversion') return;
  if (draws > 1) throw new ConfigError(`${where}: detection.draws is ${draws}, but an inversion draws no noise; it must be 1`);
  if (prediction === 'sample') {
    throw new ConfigError(
      `${where}: detection.encode is inversion, which needs a network that predicts noise or v; at the clean image a prediction of 'sample' implies no noise`,
    );
  }
}
