import { METRICS, type MetricInfo } from '@rddpm/metrics';
import type { ResultScores } from './results.ts';

/** The metrics to compare methods by, in the order of every table. */
export const COLUMNS: readonly MetricInfo[] = METRICS.filter(({ higherIsBetter }) => higherIsBetter);

/** Why the metric at `path` is null, as `scores` says itself. */
export function whyUndefined(scores: ResultScores, path: string): string {
  return scores.undefined?.[path] ?? 'not recorded';
}
