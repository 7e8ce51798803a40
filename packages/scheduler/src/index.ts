export { addNoise } from './add-noise.ts';
export { type CosineScheduleOptions, cosineSchedule } from './cosine-schedule.ts';
export { type DdimSamplerOptions, ddimSampler } from './ddim-sampler.ts';
export { type DdpmSamplerOptions, ddpmSampler } from './ddpm-sampler.ts';
export { type LinearScheduleOptions, linearSchedule } from './linear-schedule.ts';
export { noiseToSignal } from './noise-to-signal.ts';
export { type ReverseTimestepsOptions, reverseTimesteps } from './reverse-timesteps.ts';
export { createSchedule, type DiffusersScheduleConfig, type ScheduleConfig, toDiffusersConfig } from './schedule-config.ts';
