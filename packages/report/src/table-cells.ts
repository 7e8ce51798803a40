import { readMetric } from '@rddpm/metrics';
import { COLUMNS, whyUndefined } from './columns.ts';
import type { FailedCell, MethodResult, ResultScores, Results } from './results.ts';

/** Footnotes of one table: the same text gets the same number. */
export type Footnotes = { readonly texts: readonly string[]; number(text: string): number };

export function footnotes(): Footnotes {
  const texts: string[] = [];
  return {
    texts,
    number(text) {
      if (!texts.includes(text)) texts.push(text);
      return texts.indexOf(text) + 1;
    },
  };
}

/** The metrics of one row: three decimals, or a dash that points to the reason. */
export function metricCells(scores: ResultScores, notes: Footnotes): string[] {
  return COLUMNS.map((metric) => {
    const value = readMetric(scores, metric);
    return value === null ? `- (${notes.number(`${metric.label}: ${whyUndefined(scores, metric.path)}`)})` : value.toFixed(3);
  });
}

/** For each column the best value of a method, at the three decimals that are shown; references don't take part. Null where there is nothing to compare. */
export function bestOfMethods(rows: readonly (ResultScores & Pick<MethodResult, 'role'>)[]): (string | null)[] {
  const methods = rows.filter(({ role }) => role === 'method');
  if (methods.length < 2) return COLUMNS.map(() => null); // one alone is not called the best
  return COLUMNS.map((metric) => {
    const values = methods.map((scores) => readMetric(scores, metric)).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values).toFixed(3);
  });
}

/** Chance level of the pixel AP, for the line below a table; undefined where no method knows it. */
export function prevalenceNote({ methods }: Results): string | undefined {
  const prevalence = methods.map(({ pixel }) => pixel.prevalence).find((value) => value !== null);
  return prevalence === undefined
    ? undefined
    : `Chance reaches a pixel AUROC of 0.500 and a pixel AP of ${prevalence.toFixed(3)} (share of defective pixels).`;
}

/** A line below a table. */
export function failedNote({ method, contamination, seed, why }: FailedCell): string {
  return `not run: ${method} at contamination ${contamination}, seed ${seed}: ${why}`;
}
