import { ConfigError } from '@rddpm/core';
import type { FitEvent } from '@rddpm/core/contracts';
import { expect, test } from 'vitest';
import { DIFFUSION_METHODS, type DiffusionConfig } from '../src/index.ts';
import { secondsPerStepOf, stepsWithin } from '../src/plan.ts';

const input = { width: 64, height: 64, channels: 3 } as const;
const complete = (name: string, config: object = {}): DiffusionConfig => {
  const method = DIFFUSION_METHODS.find((method) => method.name === name)!;
  return method.complete!(method.config.parse(config), input);
};

test('the seconds of a step are the median of those after the first, which compile', () => {
  const events = [9, 5, 0.3, 0.1, 0.2, 0.7, 0.2, 0.3].map(
    (secondsPerStep, step): FitEvent => ({ kind: 'progress', step, steps: 8, measures: { secondsPerStep } }),
  );
  expect(secondsPerStepOf([...events, { kind: 'checkpoint', step: 8, bytes: new Uint8Array() }])).toBe(0.3);
});

test('selections, calibration and threshold are paid for before steps', () => {
  // 128 of 240 images are read by 5 x 4 predictions, in batches of 8: 320, of which each is a third of a step
  expect(stepsWithin('x', { given: 310, spent: 10 }, 0.1, 240, complete('ddpm'))).toBe(Math.floor((300 - (320 / 3) * 0.1) / 0.1));
  // 5 choices among 240 by 3 x 2 predictions: 900 more
  expect(stepsWithin('x', { given: 310, spent: 10 }, 0.1, 240, complete('rddpm-concentrated'))).toBe(
    Math.floor((300 - (1220 / 3) * 0.1) / 0.1),
  );
  const walk = complete('ddpm', { detection: { evaluations: 12, draws: 2 }, training: { batchSize: 4 } });
  expect(stepsWithin('x', { given: 310, spent: 10 }, 0.1, 12, walk)).toBe(Math.floor((300 - ((12 * 24) / 4 / 3) * 0.1) / 0.1));
});

test('too little time says how much would do', () => {
  const plan = () => stepsWithin('rddpm-concentrated: --minutes', { given: 30, spent: 0 }, 2, 240, complete('rddpm-concentrated'));
  expect(plan).toThrow(ConfigError);
  expect(plan).toThrow(/a step takes 2\.0 s here, so 0\.5 minutes are 0 steps, .* give it at least 16\.9 minutes, or smaller images/);
});
