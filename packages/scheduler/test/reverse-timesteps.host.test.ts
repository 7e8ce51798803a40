import { ConfigError } from '@rddpm/core';
import { type ReverseTimestepsOptions, reverseTimesteps } from '@rddpm/scheduler';
import { describe, expect, test } from 'vitest';
import { golden } from './golden.ts';

test('twelve of two hundred begin at the depth and end at 0', () => {
  expect([...reverseTimesteps({ from: 200, evaluations: 12 })]).toEqual([199, 181, 163, 145, 127, 109, 90, 72, 54, 36, 18, 0]);
});

test('as many evaluations as steps visit each step', () => {
  for (const spacing of ['linspace', 'leading', 'trailing'] as const) {
    expect([...reverseTimesteps({ from: 5, evaluations: 5, spacing })]).toEqual([4, 3, 2, 1, 0]);
  }
});

test('one evaluation is at the depth', () => {
  expect([...reverseTimesteps({ from: 250, evaluations: 1 })]).toEqual([249]);
});

test('always descends, within the chain', () => {
  for (const spacing of ['linspace', 'leading', 'trailing'] as const) {
    for (let from = 1; from <= 60; from++) {
      for (let evaluations = 1; evaluations <= from; evaluations++) {
        const timesteps = reverseTimesteps({ from, evaluations, spacing });
        const descends = timesteps.every((t, i) => (i === 0 ? t < from : t < timesteps[i - 1]!) && t >= 0);
        if (!descends) expect.fail(`${spacing} ${from} ${evaluations}: ${timesteps}`);
      }
    }
  }
});

describe("are diffusers'", () => {
  test.each(golden.timesteps)('$spacing: $evaluations of $from, offset $offset', ({ timesteps, ...options }) => {
    expect([...reverseTimesteps(options)]).toEqual(timesteps);
  });

  test.each(golden.dpmTimesteps)("DPM-Solver's, one more and without the last: $spacing", ({ spacing, evaluations, timesteps }) => {
    const ours =
      spacing === 'trailing'
        ? reverseTimesteps({ from: 1000, evaluations, spacing })
        : reverseTimesteps({ from: 1000, evaluations: evaluations + 1, spacing }).slice(0, -1);
    expect([...ours]).toEqual(timesteps);
  });
});

test.each<[ReverseTimestepsOptions | Record<string, unknown>, string]>([
  [{ from: 0, evaluations: 1 }, 'reverseTimesteps: from is 0; it must be a whole number of at least 1'],
  [{ from: 10, evaluations: 0 }, 'reverseTimesteps: evaluations is 0; it must be a whole number of at least 1'],
  [{ from: 10, evaluations: 11 }, 'reverseTimesteps: evaluations is 11; it must be at most the 10 steps of the chain'],
  [{ from: 10, evaluations: 5, spacing: 'log' }, "reverseTimesteps: spacing is 'log'; it must be one of linspace, leading, trailing"],
  [{ from: 10, evaluations: 5, offset: 1 }, "reverseTimesteps: offset is 1, but spacing is 'linspace'; only 'leading' has one"],
  [
    { from: 10, evaluations: 5, spacing: 'leading', offset: 2 },
    'reverseTimesteps: offset is 2; it must be a whole number from 0 to 1 to stay within the chain',
  ],
  [
    { from: 10, evaluations: 5, spacing: 'leading', offset: 0.5 },
    'reverseTimesteps: offset is 0.5; it must be a whole number from 0 to 1 to stay within the chain',
  ],
  [
    { from: 10, evaluations: 5, spacing: 'leading', offset: -1 },
    'reverseTimesteps: offset is -1; it must be a whole number from 0 to 1 to stay within the chain',
  ],
])('refuses %j', (options, message) => {
  expect(() => reverseTimesteps(options as ReverseTimestepsOptions)).toThrow(new ConfigError(message));
});
