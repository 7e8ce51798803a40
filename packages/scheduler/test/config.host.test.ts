import { ConfigError, type NoiseSchedule, type Sampler } from '@rddpm/core';
import {
  cosineSchedule,
  ddimSampler,
  ddpmSampler,
  dpmSolverSampler,
  linearSchedule,
  scaledLinearSchedule,
  scheduleFromBetas,
  sigmoidSchedule,
  zeroTerminalSnr,
} from '@rddpm/scheduler';
import { createSampler, createSchedule, type SamplerConfig, type ScheduleConfig } from '@rddpm/scheduler/config';
import { describe, expect, test } from 'vitest';

describe('createSchedule', () => {
  test.each<[ScheduleConfig, NoiseSchedule]>([
    [{ name: 'linear', steps: 10, betaEnd: 0.1 }, linearSchedule({ steps: 10, betaEnd: 0.1 })],
    [{ name: 'scaled-linear', steps: 10, betaStart: 0.01 }, scaledLinearSchedule({ steps: 10, betaStart: 0.01 })],
    [{ name: 'cosine', offset: 0.01 }, cosineSchedule({ offset: 0.01 })],
    [{ name: 'sigmoid', steps: 7 }, sigmoidSchedule({ steps: 7 })],
    [{ name: 'betas', betas: [0.1, 0.3] }, scheduleFromBetas([0.1, 0.3])],
    [{ name: 'linear', steps: 10, zeroTerminalSnr: true }, zeroTerminalSnr(linearSchedule({ steps: 10 }))],
    [{ name: 'cosine', steps: 10, zeroTerminalSnr: false }, cosineSchedule({ steps: 10 })],
  ])('makes the schedule that it names: %j', (config, schedule) => {
    expect(createSchedule(config)).toEqual(schedule);
  });

  test.each([
    [
      { name: 'exponential' },
      'createSchedule: name is "exponential"; it must be an object whose name is one of linear, scaled-linear, cosine, sigmoid, betas',
    ],
    [null, 'createSchedule: the config is null; it must be an object whose name is one of linear, scaled-linear, cosine, sigmoid, betas'],
    [{ name: 'cosine', betaEnd: 0.1 }, "createSchedule: unknown field 'betaEnd'"],
    [{ name: 'linear', steps: -1 }, 'createSchedule: steps is -1; it must be a whole number from 1 to 1000000'],
    [{ name: 'linear', steps: 1e9 }, 'createSchedule: steps is 1000000000; it must be a whole number from 1 to 1000000'],
    [{ name: 'linear', betaEnd: 'small' }, 'createSchedule: betaEnd is "small"; it must be a finite number'],
    [{ name: 'linear', betaEnd: 2 }, 'linearSchedule: betaEnd is 2; it must be at least betaStart, 0.0001, and below 1'],
    [{ name: 'betas', betas: [0.1, null] }, 'createSchedule: betas.1 is null; it must be a finite number'],
    [{ name: 'sigmoid', zeroTerminalSnr: 1 }, 'createSchedule: zeroTerminalSnr is 1; it must be true or false'],
  ])('refuses %j', (config, message) => {
    expect(() => createSchedule(config as ScheduleConfig)).toThrow(message);
    expect(() => createSchedule(config as ScheduleConfig)).toThrow(ConfigError);
  });
});

describe('createSampler', () => {
  const schedule = linearSchedule();

  test.each<[SamplerConfig, Sampler]>([
    [{ name: 'ddim', eta: 0.5 }, ddimSampler(schedule, { eta: 0.5, prediction: 'v_prediction' })],
    [{ name: 'ddpm', variance: 'fixed_large' }, ddpmSampler(schedule, { variance: 'fixed_large', prediction: 'v_prediction' })],
    [{ name: 'dpm-solver++' }, dpmSolverSampler(schedule, { prediction: 'v_prediction' })],
  ])('makes the sampler that it names: %j', (config, sampler) => {
    const made = createSampler(schedule, config, 'v_prediction');
    expect(made.prediction).toBe('v_prediction');
    expect(made.coefficients(300, 200, 400)).toEqual(sampler.coefficients(300, 200, 400));
  });

  test.each([
    [{ name: 'euler' }, 'createSampler: name is "euler"; it must be an object whose name is one of ddim, ddpm, dpm-solver++'],
    [{ name: 'ddpm', eta: 0 }, "createSampler: unknown field 'eta'"],
    [{ name: 'ddim', clip: 'no' }, 'createSampler: clip is "no"; it must be true, false or a number above 0'],
    [{ name: 'ddim', clip: -1 }, 'ddimSampler: clip is -1; it must be a finite number above 0'],
    [{ name: 'ddim', thresholding: { quantile: 1 } }, "createSampler: unknown field 'thresholding.quantile'"],
    [{ name: 'ddim', thresholding: { ratio: 2 } }, 'ddimSampler: thresholding.ratio is 2; it must be in [0, 1]'],
    [{ name: 'ddpm', variance: 'learned' }, 'createSampler: variance is "learned"; it must be one of fixed_small, fixed_large'],
  ])('refuses %j', (config, message) => {
    expect(() => createSampler(schedule, config as SamplerConfig)).toThrow(message);
    expect(() => createSampler(schedule, config as SamplerConfig)).toThrow(ConfigError);
  });
});
