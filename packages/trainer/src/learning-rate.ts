/** How the learning rate goes on after its warm-up, by the names that configs use. */
export const LEARNING_RATE_SCHEDULES = ['constant', 'cosine', 'linear'] as const;
export type LearningRateSchedule = (typeof LEARNING_RATE_SCHEDULES)[number];

/**
 * The rate of the 0-based step, as a share of the highest: it grows linearly over the warm-up, then stays, or falls towards 0, which it would reach
 * one step after the last.
 *
 * - `'cosine'`: (1 + cos(π p)) / 2, slow at both ends; `'linear'`: 1 - p, of the share p of the steps after the warm-up that are done.
 *
 * @see Loshchilov, Hutter (2017), https://arxiv.org/abs/1608.03983, equation 5, without restarts
 */
export function rateShare(step: number, run: { schedule: LearningRateSchedule; warmupSteps: number; steps: number }): number {
  const { schedule, warmupSteps, steps } = run;
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  const done = (step - warmupSteps) / (steps - warmupSteps);
  switch (schedule) {
    case 'constant':
      return 1;
    case 'cosine':
      return (1 + Math.cos(Math.PI * done)) / 2;
    case 'linear':
      return 1 - done;
  }
}
