/**
 * Schedules, samplers and noise by name: what config files and models hold, and diffusers' words for them. Apart from the main entry, which
 * does without zod.
 */
export {
  type DiffusersSchedulerConfig,
  fromDiffusersConfig,
  type SchedulerConfig,
  spacingSchema,
  toDiffusersConfig,
} from './diffusers-config.ts';
export { createNoise, type NoiseConfig, noiseConfigSchema } from './noise-config.ts';
export { createSampler, predictionTypeSchema, type SamplerConfig, samplerConfigSchema } from './sampler-config.ts';
export { createSchedule, type ScheduleConfig, scheduleConfigSchema } from './schedule-config.ts';
