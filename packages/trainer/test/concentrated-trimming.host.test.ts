import { ConfigError } from '@rddpm/core';
import { expect, test } from 'vitest';
import { concentratedTrimming } from '../src/index.ts';

test('chooses after the warm-up, then at each interval', () => {
  const { isDue } = concentratedTrimming({ warmupSteps: 30, every: 20 });
  const due = Array.from({ length: 100 }, (_, step) => step).filter(isDue);
  expect(due).toEqual([30, 50, 70, 90]);
});

test('by default after 300 steps and every 200, at 20, 50 and 100, two draws each', () => {
  const { isDue, timesteps, draws } = concentratedTrimming();
  expect([300, 500, 700].every(isDue)).toBe(true);
  expect([0, 299, 301, 400].some(isDue)).toBe(false);
  expect([timesteps, draws]).toEqual([[20, 50, 100], 2]);
});

test('a score is the sum of the errors, each over the median at its timestep', () => {
  const { select } = concentratedTrimming({ keep: 0.75 });
  const errors = [Float64Array.of(1, 2, 3, 8), Float64Array.of(40, 10, 20, 30)];
  const { scores, kept, cutoff } = select({ timesteps: [20, 50], errors });
  expect([...scores]).toEqual([1 / 2 + 2, 1 + 0.5, 1.5 + 1, 4 + 1.5]); // medians 2 and 20
  expect([...kept]).toEqual([1, 1, 1, 0]);
  expect(cutoff).toBe(2.5);
});

test('errors that are all 0 leave all images in', () => {
  const { kept } = concentratedTrimming().select({ timesteps: [20], errors: [new Float64Array(5)] });
  expect([...kept]).toEqual([1, 1, 1, 1, 1]);
});

test.each([
  [{ warmupSteps: 0 }, 'concentratedTrimming: warmupSteps is 0; it must be a whole number of at least 1'],
  [{ every: 1.5 }, 'concentratedTrimming: every is 1.5; it must be a whole number of at least 1'],
  [{ draws: 0 }, 'concentratedTrimming: draws is 0; it must be a whole number of at least 1'],
  [{ keep: 1.2 }, 'concentratedTrimming: keep is 1.2; it must be above 0 and at most 1'],
  [{ timesteps: [] }, 'concentratedTrimming: timesteps is empty; it must hold at least one'],
])('refuses %j', (options, message) => {
  expect(() => concentratedTrimming(options)).toThrow(new ConfigError(message));
});
