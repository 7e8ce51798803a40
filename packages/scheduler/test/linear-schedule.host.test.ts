import { expectClose } from '@rddpm/conformance';
import { ConfigError } from '@rddpm/core';
import { linearSchedule } from '@rddpm/scheduler';
import { expect, test } from 'vitest';

test('a hundred steps leave 0.897 of the variance, two hundred and fifty 0.524', () => {
  const { steps, alphasCumprod } = linearSchedule();
  expect(steps).toBe(1000);
  expect(alphasCumprod[99]).toBeCloseTo(0.897, 3);
  expect(alphasCumprod[249]).toBeCloseTo(0.524, 3);
});

test('three steps, by hand', () => {
  const { betas, alphasCumprod } = linearSchedule({ steps: 3, betaStart: 0.1, betaEnd: 0.5 });
  expectClose(betas, [0.1, 0.3, 0.5], 1e-15);
  expectClose(alphasCumprod, [0.9, 0.9 * 0.7, 0.9 * 0.7 * 0.5], 1e-15);
});

test('one step is its first', () => {
  expect([...linearSchedule({ steps: 1, betaStart: 0.1, betaEnd: 0.5 }).betas]).toEqual([0.1]);
});

test.each([
  [{ steps: 0 }, 'linearSchedule: steps is 0; it must be a whole number of at least 1'],
  [{ betaStart: 0 }, 'linearSchedule: betaStart is 0; it must be between 0 and 1'],
  [{ betaEnd: 1 }, 'linearSchedule: betaEnd is 1; it must be at least betaStart, 0.0001, and below 1'],
  [
    { steps: 1100, betaStart: 0.5, betaEnd: 0.5 },
    'linearSchedule: nothing is left of the image at t = 1074 already (ᾱ is 0); betas must be smaller',
  ],
  [{ betaStart: 0.03 }, 'linearSchedule: betaEnd is 0.02; it must be at least betaStart, 0.03, and below 1'],
])('refuses %j', (options, message) => {
  expect(() => linearSchedule(options)).toThrow(new ConfigError(message));
});
