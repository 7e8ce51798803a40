import { ConfigError, type NoiseSchedule } from '@rddpm/core';
import { type CosineScheduleOptions, cosineSchedule } from './cosine-schedule.ts';
import { type LinearScheduleOptions, linearSchedule } from './linear-schedule.ts';

/** A schedule as config files and checkpoints hold it. */
export type ScheduleConfig = ({ readonly name: 'linear' } & LinearScheduleOptions) | ({ readonly name: 'cosine' } & CosineScheduleOptions);

const OPTIONS: Readonly<Record<ScheduleConfig['name'], readonly string[]>> = {
  linear: ['steps', 'betaStart', 'betaEnd'],
  cosine: ['steps', 'offset'],
};

/** @throws {ConfigError} naming the field, if the name or an option is unknown or out of range. */
export function createSchedule(config: ScheduleConfig): NoiseSchedule {
  const known = OPTIONS[config.name];
  if (!known) throw new ConfigError(`createSchedule: name is '${config.name}'; it must be one of ${Object.keys(OPTIONS).join(', ')}`);
  const { name, ...options } = config;
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown) throw new ConfigError(`createSchedule: unknown option '${unknown}'; '${name}' has ${known.join(', ')}`);
  return config.name === 'linear' ? linearSchedule(config) : cosineSchedule(config);
}

/** The content of diffusers' `scheduler_config.json`. */
export type DiffusersScheduleConfig = { readonly _class_name: 'DDPMScheduler' } & Readonly<Record<string, unknown>>;

const DIFFUSERS_COSINE_OFFSET = 0.008;

/**
 * What `DDPMScheduler.from_config` takes: the same schedule, for a model that predicts noise. A cosine schedule with an offset that diffusers
 * can't be told goes as its list of betas.
 *
 * @throws {ConfigError} as `createSchedule`.
 */
export function toDiffusersConfig(config: ScheduleConfig): DiffusersScheduleConfig {
  const { steps, betas } = createSchedule(config);
  const cosine = config.name === 'cosine';
  const unsayable = cosine && (config.offset ?? DIFFUSERS_COSINE_OFFSET) !== DIFFUSERS_COSINE_OFFSET;
  return {
    _class_name: 'DDPMScheduler',
    num_train_timesteps: steps,
    beta_schedule: cosine ? 'squaredcos_cap_v2' : 'linear',
    beta_start: betas[0],
    beta_end: betas[steps - 1],
    trained_betas: unsayable ? [...betas] : null,
    prediction_type: 'epsilon',
    variance_type: 'fixed_small',
    clip_sample: true,
    clip_sample_range: 1,
    timestep_spacing: 'linspace',
    steps_offset: 0,
    thresholding: false,
    rescale_betas_zero_snr: false,
  };
}
