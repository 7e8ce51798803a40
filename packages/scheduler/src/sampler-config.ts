import { type NoiseSchedule, PREDICTION_TYPES, type PredictionType, type Sampler } from '@rddpm/core';
import * as z from 'zod/mini';
import { ddimSampler } from './ddim-sampler.ts';
import { ddpmSampler, VARIANCES } from './ddpm-sampler.ts';
import { dpmSolverSampler } from './dpm-solver-sampler.ts';
import { MAX_VALUE, RATIO } from './limit.ts';
import { number, oneOf, parseConfig } from './parse-config.ts';

export const predictionTypeSchema = oneOf(PREDICTION_TYPES);

const limits = {
  clip: z._default(z.union([z.boolean(), z.number()], 'must be true, false or a number above 0'), true),
  thresholding: z.optional(
    z.strictObject({ ratio: z._default(number, RATIO), maxValue: z._default(number, MAX_VALUE) }, 'must be an object'),
  ),
};

const samplers = [
  z.strictObject({ name: z.literal('ddim'), eta: z._default(number, 0), ...limits }),
  z.strictObject({ name: z.literal('ddpm'), variance: z._default(oneOf(VARIANCES), 'fixed_small'), ...limits }),
  z.strictObject({ name: z.literal('dpm-solver++'), ...limits }),
] as const;

/** A sampler as config files and models hold it: its name and its function's options, but for what the network predicts. Fills in defaults. */
export const samplerConfigSchema = z.discriminatedUnion(
  'name',
  samplers,
  'must be an object whose name is one of ddim, ddpm, dpm-solver++',
);

/** `{ name: 'ddim', eta: 0 }`, say. */
export type SamplerConfig = z.input<typeof samplerConfigSchema>;

/** @throws {ConfigError} naming the field that is unknown or out of range. */
export function createSampler(schedule: NoiseSchedule, config: SamplerConfig, prediction: PredictionType = 'epsilon'): Sampler {
  const options = { ...parseConfig('createSampler', samplerConfigSchema, config), prediction };
  switch (options.name) {
    case 'ddim':
      return ddimSampler(schedule, options);
    case 'ddpm':
      return ddpmSampler(schedule, options);
    case 'dpm-solver++':
      return dpmSolverSampler(schedule, options);
  }
}
