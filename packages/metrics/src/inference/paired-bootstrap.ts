import {
  type BootstrapOptions,
  definedOf,
  evaluate,
  type Interval,
  intervalOf,
  planResamples,
  resampledValues,
  type Statistic,
} from './resample.ts';

/** The interval is that of the difference. */
export type PairedBootstrap = Interval & {
  readonly estimateA: number;
  readonly estimateB: number;
  /** `estimateA − estimateB`. */
  readonly difference: number;
  /** Two-sided; see {@link pairedBootstrap}. */
  readonly pValue: number;
};

/**
 * Is A better than B? The interval of `A − B` over resamples that both get alike, so that what is hard for both cancels out; two
 * intervals that overlap say much less.
 *
 * `pValue` is `min(1, 2 (1 + min(below, above)) / (1 + n))`, with n the resamples that have a value, `below` those where the difference
 * is 0 or less and `above` those where it is 0 or more. It goes with the interval: it is under 0.05 where, up to the steps of
 * 1 / (1 + n), the interval at level 0.95 leaves 0 out. It is never 0; the least is `2 / (1 + n)`. NaN if the difference is, or n is 0.
 *
 * @param count How many images there are.
 * @param statisticA Called once per resample, and once with all weights 1; see `bootstrap`.
 * @param statisticB The other method's, over the same images in the same order. A resample counts where both have a value.
 * @throws {RangeError} for options out of range and for a statistic that is infinite; {TypeError} for one that isn't a number.
 * @see Davison and Hinkley (1997), Bootstrap Methods and their Application, chapter 4, https://doi.org/10.1017/CBO9780511802843
 */
export function pairedBootstrap(
  count: number,
  statisticA: Statistic,
  statisticB: Statistic,
  options: BootstrapOptions = {},
): PairedBootstrap {
  const plan = planResamples('pairedBootstrap', count, options);
  const evaluateA = (weights: Uint32Array) => evaluate('pairedBootstrap: statisticA', statisticA, weights);
  const evaluateB = (weights: Uint32Array) => evaluate('pairedBootstrap: statisticB', statisticB, weights);
  const ones = new Uint32Array(count).fill(1);
  const [estimateA, estimateB] = [evaluateA(ones), evaluateB(ones)];
  const differences = resampledValues(plan, (weights) => evaluateA(weights) - evaluateB(weights));
  return comparison(estimateA, estimateB, differences, plan);
}

/** @param differences Of each resample; NaN where A or B has no value. */
export function comparison(
  estimateA: number,
  estimateB: number,
  differences: Float64Array,
  options: Pick<BootstrapOptions, 'level'>,
): PairedBootstrap {
  const difference = estimateA - estimateB;
  const defined = definedOf(differences);
  const below = defined.filter((value) => value <= 0).length;
  const above = defined.filter((value) => value >= 0).length;
  const hasValue = defined.length > 0 && !Number.isNaN(difference);
  const pValue = hasValue ? Math.min(1, (2 * (1 + Math.min(below, above))) / (1 + defined.length)) : Number.NaN;
  return { estimateA, estimateB, difference, ...intervalOf(differences, options), pValue };
}
