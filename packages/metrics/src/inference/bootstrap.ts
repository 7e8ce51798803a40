import { type BootstrapOptions, evaluate, type Interval, intervalOf, planResamples, resampledValues, type Statistic } from './resample.ts';

export type Bootstrap = Interval & {
  /** The statistic of the images as they are, each counting once. */
  readonly estimate: number;
};

/**
 * A confidence interval by the bootstrap: images are drawn with replacement, as many as there are, and the statistic of what came is
 * taken, again and again; the interval holds the middle `level` of those values (percentiles, linear in between).
 *
 * Draw images, not pixels: pixels of one image aren't independent, and an interval from them would be far too narrow.
 *
 * For any number of a set of images; for the metrics of the catalogue `resampleMetrics` is far faster.
 *
 * The statistic gets weights, how often each image was drawn, rather than the images drawn: whatever is counted or summed per image
 * is counted once, before, and a resample is a weighted sum of the counts.
 *
 * ```ts
 * const areas = [12, 30, 7, 22];
 * const mean = (weights: Uint32Array) => areas.reduce((sum, area, i) => sum + weights[i]! * area, 0) / areas.length;
 * bootstrap(areas.length, mean).standardError;
 * ```
 *
 * @param count How many images there are.
 * @param statistic Called once per resample, and once with all weights 1. A pure function; NaN where undefined.
 * @throws {RangeError} for options out of range and for a statistic that is infinite; {TypeError} for one that isn't a number.
 * @see Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13, https://doi.org/10.1201/9780429246593
 */
export function bootstrap(count: number, statistic: Statistic, options: BootstrapOptions = {}): Bootstrap {
  const plan = planResamples('bootstrap', count, options);
  const estimate = evaluate('bootstrap: statistic', statistic, new Uint32Array(count).fill(1));
  const values = resampledValues(plan, (weights) => evaluate('bootstrap: statistic', statistic, weights));
  return { estimate, ...intervalOf(values, plan) };
}
