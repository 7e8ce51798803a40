import { ConfigError, type PredictionType, shown } from '@rddpm/core';
import * as z from 'zod/mini';
import { BETA_RANGE_DEFAULTS } from './beta-range.ts';
import { COSINE_OFFSET } from './cosine-schedule.ts';
import { MAX_VALUE, RATIO } from './limit.ts';
import { count, flag, number, oneOf, parseConfig } from './parse-config.ts';
import { SPACINGS, type Spacing } from './reverse-timesteps.ts';
import { predictionTypeSchema, type SamplerConfig } from './sampler-config.ts';
import { createSchedule, type ScheduleConfig } from './schedule-config.ts';

export const spacingSchema = oneOf(SPACINGS);

/** The content of a `scheduler_config.json` in this package's terms. */
export type SchedulerConfig = {
  readonly schedule: ScheduleConfig;
  readonly sampler: SamplerConfig;
  readonly prediction: PredictionType;
  readonly spacing: Spacing;
  /** Of `'leading'` timesteps. @defaultValue 0 */
  readonly offset?: number | undefined;
};

/** The content of diffusers' `scheduler_config.json`. */
export type DiffusersSchedulerConfig = { readonly _class_name: ClassName } & Readonly<Record<string, unknown>>;

type ClassName = 'DDPMScheduler' | 'DDIMScheduler' | 'DPMSolverMultistepScheduler';

const CLASSES = {
  ddpm: 'DDPMScheduler',
  ddim: 'DDIMScheduler',
  'dpm-solver++': 'DPMSolverMultistepScheduler',
} as const satisfies Record<SamplerConfig['name'], ClassName>;

/** Our schedules' names in diffusers, of whose classes only DDPMScheduler knows the sigmoid. */
const SCHEDULES = { linear: 'linear', 'scaled-linear': 'scaled_linear', cosine: 'squaredcos_cap_v2', sigmoid: 'sigmoid' } as const;
const { steps: STEPS, betaStart: BETA_START, betaEnd: BETA_END } = BETA_RANGE_DEFAULTS; // they are diffusers' defaults, too, as is COSINE_OFFSET

/**
 * The config that diffusers' `from_config` takes, of the class that samples as `sampler` does. A schedule that the class has no name for is
 * written as its list of betas. η is left out: in diffusers it is an argument of each call.
 *
 * @throws {ConfigError} for a schedule that can't be built, and for a clip of DPM-Solver++ other than none and to [-1, 1].
 */
export function toDiffusersConfig({ schedule, sampler, prediction, spacing, offset = 0 }: SchedulerConfig): DiffusersSchedulerConfig {
  return {
    _class_name: CLASSES[sampler.name],
    ...scheduleWords(schedule, CLASSES[sampler.name]),
    ...samplerWords(sampler),
    prediction_type: prediction,
    timestep_spacing: spacing,
    steps_offset: offset,
  };
}

function scheduleWords(config: ScheduleConfig, className: ClassName) {
  const { zeroTerminalSnr = false, ...plain } = config;
  const { steps, betas } = createSchedule(plain); // diffusers applies zero terminal SNR itself, to the betas that it is given
  const unsayable =
    config.name === 'betas' ||
    (config.name === 'cosine' && (config.offset ?? COSINE_OFFSET) !== COSINE_OFFSET) ||
    (config.name === 'sigmoid' && className !== 'DDPMScheduler');
  const ranged = 'betaStart' in config || 'betaEnd' in config ? config : undefined;
  return {
    num_train_timesteps: steps,
    beta_schedule: unsayable ? SCHEDULES.linear : SCHEDULES[config.name],
    beta_start: ranged?.betaStart ?? BETA_START,
    beta_end: ranged?.betaEnd ?? BETA_END,
    trained_betas: unsayable ? [...betas] : null,
    rescale_betas_zero_snr: zeroTerminalSnr,
  };
}

function samplerWords(sampler: SamplerConfig) {
  const { clip = true, thresholding } = sampler;
  const thresholds = (on: boolean, { ratio = RATIO, maxValue = MAX_VALUE } = {}) => ({
    thresholding: on,
    dynamic_thresholding_ratio: ratio,
    sample_max_value: maxValue,
  });
  if (sampler.name === 'dpm-solver++') {
    const fixed = { algorithm_type: 'dpmsolver++', solver_order: 2, solver_type: 'midpoint', final_sigmas_type: 'zero' };
    if (thresholding) return { ...thresholds(true, thresholding), ...fixed };
    if (typeof clip === 'number' && clip !== 1) {
      throw new ConfigError(`toDiffusersConfig: sampler.clip is ${clip}; for DPMSolverMultistepScheduler it must be true, false or 1`);
    }
    return { ...thresholds(clip !== false), ...fixed }; // with a largest value of 1 it clips to [-1, 1]
  }
  const limits = {
    ...thresholds(thresholding !== undefined, thresholding),
    clip_sample: clip !== false,
    clip_sample_range: typeof clip === 'number' ? clip : 1,
  };
  return sampler.name === 'ddpm' ? { ...limits, variance_type: sampler.variance ?? 'fixed_small' } : { ...limits, set_alpha_to_one: true };
}

const between = (least: number, most: number, message: string) => number.check(z.gt(least, message), z.lt(most, message));
const beta = between(0, 1, 'must be above 0 and below 1');
const RATIO_RULE = 'must be in [0, 1]';
const MAX_RULE = 'must be at least 1';
const RANGE_RULE = 'must be above 0';
const OFFSET_RULE = 'must be a whole number of at least 0';

const common = {
  num_train_timesteps: z._default(count, STEPS),
  beta_start: z._default(beta, BETA_START),
  beta_end: z._default(beta, BETA_END),
  trained_betas: z._default(z.nullable(z.array(number, 'must be null or a list of numbers')), null),
  prediction_type: z._default(predictionTypeSchema, 'epsilon'),
  thresholding: z._default(flag, false),
  dynamic_thresholding_ratio: z._default(number.check(z.gte(0, RATIO_RULE), z.lte(1, RATIO_RULE)), RATIO),
  sample_max_value: z._default(number.check(z.gte(1, MAX_RULE)), MAX_VALUE),
  steps_offset: z._default(z.int(OFFSET_RULE).check(z.gte(0, OFFSET_RULE)), 0),
  rescale_betas_zero_snr: z._default(flag, false),
};
const spacing = (standard: Spacing) => z._default(spacingSchema, standard);
const betaSchedule = <const Names extends readonly string[]>(names: Names) => z._default(oneOf(names), 'linear' as never);
const clips = {
  clip_sample: z._default(flag, true),
  clip_sample_range: z._default(number.check(z.gt(0, RANGE_RULE)), 1),
};
/** A diffusers field we support at its default only; other values are refused. */
const only = <const Value extends string | number | boolean | null>(value: Value) =>
  z._default(z.literal(value, `must be ${JSON.stringify(value)}; nothing else is supported`), value as never);

/** The fields of diffusers 0.42 with their defaults. */
const ddpm = z.strictObject({
  ...common,
  ...clips,
  beta_schedule: betaSchedule(['linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid']),
  timestep_spacing: spacing('leading'),
  // by way of its logarithm, fixed_small is the same number; fixed_large_log is another
  variance_type: z._default(oneOf(['fixed_small', 'fixed_small_log', 'fixed_large']), 'fixed_small'),
});
const ddim = z.strictObject({
  ...common,
  ...clips,
  beta_schedule: betaSchedule(['linear', 'scaled_linear', 'squaredcos_cap_v2']),
  timestep_spacing: spacing('leading'),
  set_alpha_to_one: only(true),
});
const dpmSolver = z.strictObject({
  ...common,
  beta_schedule: betaSchedule(['linear', 'scaled_linear', 'squaredcos_cap_v2']),
  timestep_spacing: spacing('linspace'),
  algorithm_type: only('dpmsolver++'),
  solver_order: only(2),
  solver_type: only('midpoint'),
  final_sigmas_type: only('zero'),
  use_karras_sigmas: only(false),
  use_exponential_sigmas: only(false),
  use_beta_sigmas: only(false),
  use_lu_lambdas: only(false),
  use_flow_sigmas: only(false),
  use_dynamic_shifting: only(false),
  // what DDPMScheduler says passes, as in diffusers; learned variances would change the network's channels
  variance_type: z._default(z.nullable(oneOf(['fixed_small', 'fixed_small_log', 'fixed_large', 'fixed_large_log'])), null),
  lambda_min_clipped: z.optional(z.literal(Number.NEGATIVE_INFINITY, 'must be absent; nothing else is supported')),
  // without influence: a final sigma of 0 makes the last step first order, and shifts are of flows
  lower_order_final: z._default(flag, true),
  euler_at_final: z._default(flag, false),
  flow_shift: z._default(number, 1),
  time_shift_type: only('exponential'),
});

/**
 * Reads the content of a `scheduler_config.json` of DDPMScheduler, DDIMScheduler or DPMSolverMultistepScheduler; absent fields have the class's
 * defaults. `offset` is left out unless the spacing is `'leading'`, the only one that has it there, too. η is 0, as a call has it by default.
 *
 * DPM-Solver's timesteps are spaced by one more than its evaluations: see `dpmSolverSampler`.
 *
 * @throws {ConfigError} naming the field that is unknown, out of range, or asks for what our samplers don't do.
 */
export function fromDiffusersConfig(json: unknown): SchedulerConfig {
  const where = 'fromDiffusersConfig';
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError(`${where}: the config is ${shown(json)}; it must be an object`);
  }
  const className: unknown = (json as Readonly<Record<string, unknown>>)._class_name;
  const words = wordsOf(json, className);
  switch (className) {
    case 'DDPMScheduler': {
      const { variance_type, ...fields } = parseConfig(where, ddpm, words);
      const variance = variance_type === 'fixed_large' ? 'fixed_large' : 'fixed_small';
      return diffusionOf(fields, { name: 'ddpm', variance, ...clipOf(fields) });
    }
    case 'DDIMScheduler': {
      const fields = parseConfig(where, ddim, words);
      return diffusionOf(fields, { name: 'ddim', eta: 0, ...clipOf(fields) });
    }
    case 'DPMSolverMultistepScheduler': {
      const fields = parseConfig(where, dpmSolver, words);
      const clipsOnly = fields.thresholding && fields.sample_max_value === 1;
      return diffusionOf(fields, { name: 'dpm-solver++', ...(clipsOnly ? { clip: true } : clipOf({ ...fields, clip_sample: false })) });
    }
    default:
      throw new ConfigError(`${where}: _class_name is ${shown(className)}; it must be one of ${Object.values(CLASSES).join(', ')}`);
  }
}

const SCHEMAS: Readonly<Record<string, { readonly shape: object }>> = {
  DDPMScheduler: ddpm,
  DDIMScheduler: ddim,
  DPMSolverMultistepScheduler: dpmSolver,
};

/**
 * The fields of the config's own class. `DDIMScheduler.from_config(ddpm.config)`, diffusers' way of changing schedulers, keeps the other class's
 * fields in the config and ignores them. So are they ignored here, if they are fields of a class in `SCHEMAS`; other unknown fields are refused.
 */
function wordsOf(json: object, className: unknown): Readonly<Record<string, unknown>> {
  const own = SCHEMAS[String(className)]?.shape ?? {};
  const foreign = (field: string) => !Object.hasOwn(own, field) && Object.values(SCHEMAS).some(({ shape }) => Object.hasOwn(shape, field));
  return Object.fromEntries(Object.entries(json).filter(([field]) => !field.startsWith('_') && !foreign(field)));
}

type Fields = {
  readonly num_train_timesteps: number;
  readonly beta_schedule: (typeof SCHEDULES)[keyof typeof SCHEDULES];
  readonly beta_start: number;
  readonly beta_end: number;
  readonly trained_betas: readonly number[] | null;
  readonly rescale_betas_zero_snr: boolean;
  readonly prediction_type: PredictionType;
  readonly timestep_spacing: Spacing;
  readonly steps_offset: number;
};

function diffusionOf(fields: Fields, sampler: SamplerConfig): SchedulerConfig {
  const schedule: ScheduleConfig = { ...namedSchedule(fields), zeroTerminalSnr: fields.rescale_betas_zero_snr || undefined };
  createSchedule(schedule); // throws where the betas make no schedule
  const spacing = fields.timestep_spacing;
  const offset = spacing === 'leading' && fields.steps_offset > 0 ? fields.steps_offset : undefined;
  return { schedule, sampler, prediction: fields.prediction_type, spacing, offset };
}

function namedSchedule({ num_train_timesteps: steps, trained_betas: betas, ...fields }: Fields): ScheduleConfig {
  if (betas && betas.length !== steps) {
    throw new ConfigError(`fromDiffusersConfig: trained_betas has ${betas.length} numbers, but num_train_timesteps is ${steps}`);
  }
  if (betas) return { name: 'betas', betas: [...betas] };
  if (fields.beta_schedule === 'squaredcos_cap_v2') return { name: 'cosine', steps };
  const range = { steps, betaStart: fields.beta_start, betaEnd: fields.beta_end };
  if (range.betaEnd < range.betaStart) {
    throw new ConfigError(`fromDiffusersConfig: beta_end is ${range.betaEnd}; it must be at least beta_start, which is ${range.betaStart}`);
  }
  switch (fields.beta_schedule) {
    case 'linear':
      return { name: 'linear', ...range };
    case 'scaled_linear':
      return { name: 'scaled-linear', ...range };
    case 'sigmoid':
      return { name: 'sigmoid', ...range };
  }
}

type Limits = {
  readonly clip_sample: boolean;
  readonly clip_sample_range?: number;
  readonly thresholding: boolean;
  readonly dynamic_thresholding_ratio: number;
  readonly sample_max_value: number;
};

function clipOf(limits: Limits): Pick<SamplerConfig, 'clip' | 'thresholding'> {
  if (limits.thresholding) return { thresholding: { ratio: limits.dynamic_thresholding_ratio, maxValue: limits.sample_max_value } };
  const { clip_sample: clips, clip_sample_range: range = 1 } = limits;
  return { clip: clips && range !== 1 ? range : clips };
}
