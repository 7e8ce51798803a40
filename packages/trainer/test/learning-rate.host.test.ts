import { expect, test } from 'vitest';
import { LEARNING_RATE_SCHEDULES } from '../src/index.ts';
import { rateShare } from '../src/learning-rate.ts';

const shares = (schedule: (typeof LEARNING_RATE_SCHEDULES)[number]) =>
  Array.from({ length: 6 }, (_, step) => rateShare(step, { schedule, warmupSteps: 2, steps: 6 }));

test('the rate grows over the warm-up, then stays, or falls as its name says, of four steps', () => {
  expect(shares('constant')).toEqual([0.5, 1, 1, 1, 1, 1]);
  expect(shares('linear')).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25]);
  const cosine = [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2];
  for (const [i, share] of shares('cosine').entries()) expect(share).toBeCloseTo([0.5, 1, ...cosine][i]!, 12);
});

test('without a warm-up it begins at its highest, and never is 0', () => {
  for (const schedule of LEARNING_RATE_SCHEDULES) {
    expect(rateShare(0, { schedule, warmupSteps: 0, steps: 9 })).toBe(1);
    expect(rateShare(8, { schedule, warmupSteps: 0, steps: 9 })).toBeGreaterThan(0);
  }
});
