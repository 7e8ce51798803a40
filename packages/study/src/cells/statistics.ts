/** How far a study's numbers may be chance: of which test images there are, and of the seeds. */
import { createRng } from '@rddpm/core';
import { byMetric, compareResamples, holm, intervalOf, METRICS, type ResampledMetrics } from '@rddpm/metrics';
import type { Comparison, Contamination, Interval, MethodResult } from '@rddpm/report';

/** A cell's metrics on resamples of its test images: cells of one test set have the same resamples. */
export type ResampledCell = {
  readonly method: string;
  readonly contamination: Contamination;
  readonly seed: number;
  readonly metrics: ResampledMetrics;
};

/** Draws of seeds come from here, the same for all rows, so that rows stay paired. */
const SEED = 0;

/** 95 % intervals of a row's means over its seeds, by the metric's path: resamples draw images, and seeds, with replacement. */
export function intervalsOf(cells: readonly ResampledCell[]): NonNullable<MethodResult['intervals']> {
  const { estimate, values } = meanOf(cells.map(({ metrics }) => metrics));
  const defined = METRICS.filter(({ path }) => !Number.isNaN(estimate[path]));
  return Object.fromEntries(
    defined.map(({ path }): [string, Interval] => {
      const { low, high } = intervalOf(values[path]);
      return [path, { low, high }];
    }),
  );
}

/**
 * Every row against the first one of its contamination, over the seeds that both have. P-values are corrected by Holm's method for all
 * comparisons by the same metric, of all rows and contaminations.
 */
export function comparisonsOf(cells: readonly ResampledCell[]): Comparison[] {
  const contaminations = [...new Set(cells.map(({ contamination }) => contamination))];
  const found = contaminations.flatMap((contamination) => {
    const own = cells.filter((cell) => cell.contamination === contamination);
    const [against, ...methods] = [...new Set(own.map(({ method }) => method))] as [string, ...string[]];
    return methods.flatMap((method) => {
      const pairs = own.flatMap((a) => {
        const b = own.find((cell) => cell.method === against && cell.seed === a.seed);
        return a.method === method && b ? [[a.metrics, b.metrics] as const] : [];
      });
      if (pairs.length === 0) return [];
      const compared = compareResamples(meanOf(pairs.map(([a]) => a)), meanOf(pairs.map(([, b]) => b)));
      return Object.entries(compared).flatMap(([metric, { difference, low, high, pValue }]) =>
        Number.isNaN(pValue) ? [] : [{ method, against, contamination, metric, seeds: pairs.length, difference, low, high, pValue }],
      );
    });
  });
  return METRICS.flatMap(({ path }) => {
    const own = found.filter(({ metric }) => metric === path);
    const adjusted = holm(own.map(({ pValue }) => pValue));
    return own.map((comparison, i) => ({ ...comparison, adjustedPValue: adjusted[i]! }));
  });
}

/** The means over runs; in each resample over as many, drawn with replacement. */
function meanOf(runs: readonly ResampledMetrics[]): ResampledMetrics {
  const rng = createRng(SEED).fork('seeds');
  const samples = runs[0]!.values['pixel.auroc'].length;
  const drawn = Array.from({ length: samples }, () => runs.map(() => runs[rng.integer(runs.length)]!));
  return {
    estimate: byMetric(({ path }) => mean(runs.map(({ estimate }) => estimate[path]))),
    values: byMetric(({ path }) => Float64Array.from(drawn, (some, sample) => mean(some.map(({ values }) => values[path][sample]!)))),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
