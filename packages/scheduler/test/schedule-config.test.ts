import { ConfigError } from '@rddpm/core';
import { cosineSchedule, createSchedule, linearSchedule, type ScheduleConfig, toDiffusersConfig } from '@rddpm/scheduler';
import { expect, test } from 'vitest';
import { golden } from './golden.ts';

test('makes the schedule that it names', () => {
  expect(createSchedule({ name: 'linear', steps: 10, betaEnd: 0.1 })).toEqual(linearSchedule({ steps: 10, betaEnd: 0.1 }));
  expect(createSchedule({ name: 'cosine', offset: 0.01 })).toEqual(cosineSchedule({ offset: 0.01 }));
});

test("says it in diffusers' words", () => {
  expect(toDiffusersConfig({ name: 'linear' })).toMatchObject({
    _class_name: 'DDPMScheduler',
    num_train_timesteps: 1000,
    beta_schedule: 'linear',
    beta_start: 1e-4,
    beta_end: 0.02,
    trained_betas: null,
    prediction_type: 'epsilon',
  });
  expect(toDiffusersConfig({ name: 'cosine', steps: 50 })).toMatchObject({
    num_train_timesteps: 50,
    beta_schedule: 'squaredcos_cap_v2',
    trained_betas: null,
  });
});

test('has no words but those of diffusers', () => {
  for (const config of [{ name: 'linear' }, { name: 'cosine' }] as const) {
    const { _class_name, ...words } = toDiffusersConfig(config);
    expect(Object.keys(golden.configs[0]!)).toEqual(expect.arrayContaining(Object.keys(words)));
  }
});

test('spells out the betas that diffusers has no words for', () => {
  expect(toDiffusersConfig({ name: 'cosine', steps: 5, offset: 0.1 }).trained_betas).toEqual([
    ...cosineSchedule({ steps: 5, offset: 0.1 }).betas,
  ]);
});

test.each([
  [{ name: 'sigmoid' }, "createSchedule: name is 'sigmoid'; it must be one of linear, cosine"],
  [{ name: 'cosine', betaEnd: 0.1 }, "createSchedule: unknown option 'betaEnd'; 'cosine' has steps, offset"],
  [{ name: 'linear', steps: -1 }, 'linearSchedule: steps is -1; it must be a whole number of at least 1'],
])('refuses %j', (config, message) => {
  expect(() => createSchedule(config as ScheduleConfig)).toThrow(new ConfigError(message));
});
