import { expectClose } from '@rddpm/conformance';
import { ConfigError } from '@rddpm/core';
import { linearSchedule, scaledLinearSchedule, scheduleFromBetas, sigmoidSchedule, zeroTerminalSnr } from '@rddpm/scheduler';
import { describe, expect, test } from 'vitest';
import { golden, scheduleOf } from './golden.ts';

/** The golden has 8 digits; of 0, where the ratio says nothing, both must be exact. */
function expectSameRatio(actual: Float64Array, expected: readonly number[]) {
  expectClose(
    actual.map((value, t) => (expected[t] === 0 ? 1 + value : value / expected[t]!)),
    Array(expected.length).fill(1),
    1e-7,
  );
}

const names = Object.keys(golden.alphasCumprod) as (keyof typeof golden.alphasCumprod)[];

describe("are diffusers' in float64", () => {
  test.each(names)('%s', (schedule) => {
    expectSameRatio(scheduleOf({ schedule }).alphasCumprod, golden.alphasCumprod[schedule].plain);
  });

  test.each(names)('%s with zero terminal SNR', (schedule) => {
    const { alphasCumprod } = scheduleOf({ schedule, zeroSnr: true });
    expectSameRatio(alphasCumprod, golden.alphasCumprod[schedule].zeroSnr);
    expect(alphasCumprod.at(-1)).toBe(0);
  });
});

test('a scaled linear schedule is linear in the roots, by hand', () => {
  const { betas, alphasCumprod } = scaledLinearSchedule({ steps: 3, betaStart: 0.01, betaEnd: 0.25 });
  expectClose(betas, [0.01, 0.09, 0.25], 1e-15);
  expectClose(alphasCumprod, [0.99, 0.99 * 0.91, 0.99 * 0.91 * 0.75], 1e-15);
});

test('a sigmoid schedule is symmetric about its middle, where β is halfway', () => {
  const { betas } = sigmoidSchedule({ steps: 5, betaStart: 0.1, betaEnd: 0.5 });
  expectClose(betas, [0.1 + 0.4 / (1 + Math.exp(6)), 0.1 + 0.4 / (1 + Math.exp(3)), 0.3, 0.6 - betas[1]!, 0.6 - betas[0]!], 1e-15);
});

test('a schedule from betas is the schedule that they came from', () => {
  const linear = linearSchedule({ steps: 20 });
  expect(scheduleFromBetas([...linear.betas])).toEqual(linear);
});

test('zero terminal SNR keeps the first step, leaves nothing at the last, and its betas multiply up to its ᾱ', () => {
  const linear = linearSchedule({ steps: 10, betaEnd: 0.3 });
  const { steps, betas, alphasCumprod } = zeroTerminalSnr(linear);
  expect(steps).toBe(10);
  expect(alphasCumprod[0]).toBeCloseTo(linear.alphasCumprod[0]!, 15);
  expect([alphasCumprod[9], betas[9]]).toEqual([0, 1]);
  expectClose(scheduleFromBetas(betas).alphasCumprod, alphasCumprod, 1e-14);
  const roots = alphasCumprod.map(Math.sqrt);
  const before = linear.alphasCumprod.map(Math.sqrt);
  for (let t = 1; t < 9; t++) {
    expect((roots[t]! - roots[t + 1]!) / (roots[t - 1]! - roots[t]!)).toBeCloseTo(
      (before[t]! - before[t + 1]!) / (before[t - 1]! - before[t]!),
      10,
    );
  }
});

test('zero terminal SNR twice is zero terminal SNR', () => {
  const once = zeroTerminalSnr(linearSchedule({ steps: 10 }));
  const twice = zeroTerminalSnr(once);
  expectClose(twice.alphasCumprod, once.alphasCumprod, 1e-15);
  expectClose(twice.betas, once.betas, 1e-15);
});

test.each([
  [() => scaledLinearSchedule({ steps: 0 }), 'scaledLinearSchedule: steps is 0; it must be a whole number of at least 1'],
  [() => scaledLinearSchedule({ betaStart: -1 }), 'scaledLinearSchedule: betaStart is -1; it must be between 0 and 1'],
  [() => sigmoidSchedule({ betaEnd: 2 }), 'sigmoidSchedule: betaEnd is 2; it must be at least betaStart, 0.0001, and below 1'],
  [() => scheduleFromBetas([]), 'scheduleFromBetas: betas is empty; it must hold at least one'],
  [() => scheduleFromBetas([0.1, 0]), 'scheduleFromBetas: β is 0 at t = 1; it must be above 0 and at most 1'],
  [() => scheduleFromBetas([Number.NaN]), 'scheduleFromBetas: β is NaN at t = 0; it must be above 0 and at most 1'],
  [() => scheduleFromBetas([1, 0.5]), 'scheduleFromBetas: nothing is left of the image at t = 0 already (ᾱ is 0); betas must be smaller'],
  [
    () => zeroTerminalSnr(linearSchedule({ steps: 1 })),
    'zeroTerminalSnr: schedule has 1 step; it must have at least 2, the first of which stays',
  ],
])('refuses: %s', (create, message) => {
  expect(create).toThrow(new ConfigError(message));
});
