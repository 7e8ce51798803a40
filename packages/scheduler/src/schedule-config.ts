import type { NoiseSchedule } from '@rddpm/core';
import * as z from 'zod/mini';
import { cosineSchedule } from './cosine-schedule.ts';
import { linearSchedule } from './linear-schedule.ts';
import { count, flag, number, parseConfig } from './parse-config.ts';
import { scaledLinearSchedule } from './scaled-linear-schedule.ts';
import { scheduleFromBetas } from './schedule-from-betas.ts';
import { sigmoidSchedule } from './sigmoid-schedule.ts';
import { zeroTerminalSnr } from './zero-terminal-snr.ts';

const LIST = 'must be a list of numbers';

const common = { zeroTerminalSnr: z.optional(flag) };
const range = { steps: z.optional(count), betaStart: z.optional(number), betaEnd: z.optional(number), ...common };

const schedules = [
  z.strictObject({ name: z.literal('linear'), ...range }),
  z.strictObject({ name: z.literal('scaled-linear'), ...range }),
  z.strictObject({ name: z.literal('cosine'), steps: z.optional(count), offset: z.optional(number), ...common }),
  z.strictObject({ name: z.literal('sigmoid'), ...range }),
  z.strictObject({ name: z.literal('betas'), betas: z.array(number, LIST), ...common }),
] as const;

/** A schedule as config files and models hold it: its name and its function's options, and whether it is given zero terminal SNR. */
export const scheduleConfigSchema = z.discriminatedUnion(
  'name',
  schedules,
  'must be an object whose name is one of linear, scaled-linear, cosine, sigmoid, betas',
);

/** `{ name: 'linear', steps: 1000 }`, say. */
export type ScheduleConfig = z.infer<typeof scheduleConfigSchema>;

/** @throws {ConfigError} naming the field that is unknown or out of range. */
export function createSchedule(config: ScheduleConfig): NoiseSchedule {
  const parsed = parseConfig('createSchedule', scheduleConfigSchema, config);
  const schedule = named(parsed);
  return parsed.zeroTerminalSnr ? zeroTerminalSnr(schedule) : schedule;
}

function named(config: ScheduleConfig): NoiseSchedule {
  switch (config.name) {
    case 'linear':
      return linearSchedule(config);
    case 'scaled-linear':
      return scaledLinearSchedule(config);
    case 'cosine':
      return cosineSchedule(config);
    case 'sigmoid':
      return sigmoidSchedule(config);
    case 'betas':
      return scheduleFromBetas(config.betas);
  }
}
