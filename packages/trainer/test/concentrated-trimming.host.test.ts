import { ConfigError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { type ConcentratedTrimmingOptions, concentratedTrimming, type ImagePeaks, TRIMMING_SCORES } from '../src/index.ts';

const dueSteps = (steps: number, options: ConcentratedTrimmingOptions = {}) => {
  const { isDue } = concentratedTrimming(options);
  return Array.from({ length: steps }, (_, step) => step).filter((step) => isDue(step, steps));
};

/** With places that tell the rows. */
function peaksOf(...values: number[]): ImagePeaks {
  const rows = Int32Array.from(values.keys());
  return { values: Float64Array.from(values), x: rows, y: rows.map((row) => 10 * row) };
}

describe('chooses', () => {
  test('after 30, 50, 70 and 90 % of the steps, at 20, 50 and 100, two draws each, unless told otherwise', () => {
    expect(dueSteps(1000)).toEqual([300, 500, 700, 900]);
    expect(dueSteps(10)).toEqual([3, 5, 7, 9]);
    expect(dueSteps(13)).toEqual([4, 7, 9, 12]); // 3.9, then 2.6, 5.2 and 7.8 later
    const { timesteps, draws } = concentratedTrimming();
    expect([timesteps, draws]).toEqual([[20, 50, 100], 2]);
  });

  test('never before there was a step', () => {
    expect([1, 2, 3].map((steps) => dueSteps(steps))).toEqual([[], [1], [1, 2]]);
  });

  test('after a warm-up and at intervals that are given, one or both', () => {
    expect(dueSteps(100, { firstChoice: 30, every: 20 })).toEqual([30, 50, 70, 90]);
    expect(dueSteps(100, { firstChoice: 65 })).toEqual([65, 85]);
    expect(dueSteps(100, { every: 35 })).toEqual([30, 65]);
  });
});

test('by the mean, a score is the sum of the errors, each over the median at its timestep', () => {
  const { select, measures } = concentratedTrimming({ by: 'mean', keep: 0.75 });
  const errors = [Float64Array.of(1, 2, 3, 8), Float64Array.of(40, 10, 20, 30)];
  const { scores, kept, cutoff, places } = select({ timesteps: [20, 50], errors });
  expect([...scores]).toEqual([1 / 2 + 2, 1 + 0.5, 1.5 + 1, 4 + 1.5]); // medians 2 and 20
  expect([...kept]).toEqual([1, 1, 1, 0]);
  expect(cutoff).toBe(2.5);
  expect([measures, places]).toEqual([undefined, undefined]);
});

test('by the peak, it is that, whatever the errors, and says where it is', () => {
  const { select, measures } = concentratedTrimming({ deviations: 2 });
  const { scores, kept, cutoff, places } = select({
    timesteps: [20],
    errors: [Float64Array.of(9, 1, 1, 1, 1)],
    peaks: peaksOf(4, 3, 8.5, 5, 6),
  });
  expect(measures).toBe('peak');
  expect([...scores]).toEqual([4, 3, 8.5, 5, 6]);
  expect(cutoff).toBeCloseTo(5 + 2 * 1.4826 * 1, 12); // deviations 0, 1, 1, 2, 3.5
  expect([...kept]).toEqual([1, 1, 0, 1, 1]);
  expect(places).toEqual({ x: Int32Array.of(0, 1, 2, 3, 4), y: Int32Array.of(0, 10, 20, 30, 40) });
});

test.each(TRIMMING_SCORES)('by %s, scores that are all the same leave all images in: of 0, of 1, 2 and 3 images', (by) => {
  for (const [value, count] of [
    [0, 5],
    [2, 1],
    [2, 2],
    [2, 3],
  ] as const) {
    const same: number[] = Array(count).fill(value);
    const { kept } = concentratedTrimming({ by }).select({ timesteps: [20], errors: [Float64Array.from(same)], peaks: peaksOf(...same) });
    expect([...kept]).toEqual(Array(count).fill(1));
  }
});

test.each([
  [{ by: 'max' as 'mean' }, "concentratedTrimming: by is 'max'; it must be one of peak, mean"],
  [{ firstChoice: 0 }, 'concentratedTrimming: firstChoice is 0; it must be a whole number of at least 1'],
  [{ every: 1.5 }, 'concentratedTrimming: every is 1.5; it must be a whole number of at least 1'],
  [{ draws: 0 }, 'concentratedTrimming: draws is 0; it must be a whole number of at least 1'],
  [{ keep: 1.2 }, 'concentratedTrimming: keep is 1.2; it must be above 0 and at most 1'],
  [{ deviations: -1 }, /^concentratedTrimming: deviations is -1/],
  [{ timesteps: [] }, 'concentratedTrimming: timesteps is empty; it must hold at least one'],
])('refuses %j', (options, message) => {
  const create = () => concentratedTrimming(options);
  expect(create).toThrow(ConfigError);
  expect(create).toThrow(message);
});
