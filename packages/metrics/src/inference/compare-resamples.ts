import { METRICS, type MetricPath } from '../catalogue.ts';
import { comparison, type PairedBootstrap } from './paired-bootstrap.ts';
import type { BootstrapOptions } from './resample.ts';
import type { ResampledMetrics } from './resample-metrics.ts';

/** A metric that methods can be compared by: all but the prevalence, which is that of the images. */
export type ComparableMetric = Exclude<MetricPath, 'pixel.prevalence'>;

export type Comparison = PairedBootstrap & {
  /** The p-value, corrected by Holm's method for how many metrics were looked at: those whose p-value isn't NaN. */
  readonly adjustedPValue: number;
};

const COMPARED = METRICS.filter(({ higherIsBetter }) => higherIsBetter).map(({ path }) => path as ComparableMetric);

/**
 * Is A better than B, on the same images? For each metric the difference `A − B`, its interval and p-value over the same resamples; see
 * `pairedBootstrap`.
 *
 * @param a What `resampleMetrics` gives for A; or the means of several such, over trainings.
 * @param b That of B: of the same images in the same order, with the same masks, options and seed.
 * @param options.level How often intervals are to hold the true difference, in (0, 1). @defaultValue 0.95
 * @throws {RangeError} for a level out of range; if `a` and `b` have other numbers of resamples, or prevalences that differ in one of
 * them: then images, masks, their order or options weren't the same.
 * @see Holm (1979), A simple sequentially rejective multiple test procedure, https://www.jstor.org/stable/4615733
 */
export function compareResamples(
  a: ResampledMetrics,
  b: ResampledMetrics,
  options: Pick<BootstrapOptions, 'level'> = {},
): { readonly [Path in ComparableMetric]: Comparison } {
  checkSame(a, b);
  const compared = COMPARED.map((path) => {
    const [ofA, ofB] = [a.values[path], b.values[path]];
    return comparison(
      a.estimate[path],
      b.estimate[path],
      ofA.map((value, i) => value - ofB[i]!),
      options,
    );
  });
  const adjusted = holm(compared.map(({ pValue }) => pValue));
  const entries = COMPARED.map((path, i) => [path, { ...compared[i]!, adjustedPValue: adjusted[i]! }]);
  return Object.fromEntries(entries) as { [Path in ComparableMetric]: Comparison };
}

/**
 * P-values corrected by Holm's method for how many there are: each is multiplied by how many are as large or larger, and none is below a
 * smaller one's.
 *
 * @param pValues In [0, 1]; NaN stays NaN, and doesn't count.
 * @see Holm (1979), A simple sequentially rejective multiple test procedure, https://www.jstor.org/stable/4615733
 */
export function holm(pValues: readonly number[]): number[] {
  const rising = [...pValues.keys()].filter((i) => !Number.isNaN(pValues[i])).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = pValues.map(() => Number.NaN);
  let highest = 0;
  rising.forEach((i, rank) => {
    highest = Math.min(1, Math.max(highest, pValues[i]! * (rising.length - rank)));
    adjusted[i] = highest;
  });
  return adjusted;
}

function checkSame(a: ResampledMetrics, b: ResampledMetrics): void {
  const right = 'both must be of the same images with the same masks, in the same order, with the same options';
  const [ofA, ofB] = [a.values['pixel.prevalence'], b.values['pixel.prevalence']];
  if (ofA.length !== ofB.length) throw new RangeError(`compareResamples: a has ${ofA.length} resamples, b ${ofB.length}; ${right}`);
  const other = ofA.findIndex((value, i) => Math.abs(value - ofB[i]!) > ROUNDING);
  if (other >= 0) {
    throw new RangeError(`compareResamples: in resample ${other} the prevalence is ${ofA[other]} of a, ${ofB[other]} of b; ${right}`);
  }
}

/** Of means of prevalences. */
const ROUNDING = 1e-12;
