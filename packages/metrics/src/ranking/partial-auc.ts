import { areaUpTo } from '../area-up-to.ts';
import { type Tally, tally } from '../counting/tally.ts';
import type { Values } from '../values.ts';

export type PartialAucOptions = {
  /**
   * Up to which false positive rate the area is taken, in (0, 1]. There is no default: numbers at different limits don't
   * compare. Named as in scikit-learn and torchmetrics (`max_fpr`); `auPro` calls it `fprLimit`, as its field does.
   */
  maxFpr: number;
};

/**
 * Partial AUROC: the area under the ROC curve from a false positive rate of 0 to `maxFpr`, divided by `maxFpr`. The curve is cut in
 * the middle of a line where the limit falls on one. It is to AUROC what AU-PRO at a limit is to the whole area under the PRO curve.
 *
 * scikit-learn's `roc_auc_score(max_fpr=…)` and torchmetrics' `max_fpr` give another number: {@link mcClishAuc}.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous. Only their order matters.
 * @returns In [0, 1]; chance is `maxFpr / 2`. At `maxFpr = 1` it is the AUROC. NaN if there are only positives or only negatives.
 * @throws {RangeError} for a limit out of range, other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function partialAuc(labels: Values, scores: Values, options: PartialAucOptions): number {
  const maxFpr = checkMaxFpr('partialAuc', options);
  return partialAreaUnderRoc(tally('partialAuc', labels, scores), maxFpr);
}

/**
 * Partial AUROC as McClish standardises it: `(1 + (A − min) / (max − min)) / 2`, with A the area under the ROC curve from 0 to
 * `maxFpr`, `min = maxFpr² / 2` that of chance and `max = maxFpr` that of a perfect ranking.
 *
 * For comparison with numbers that others printed. It matches scikit-learn's `roc_auc_score(max_fpr=…)` (compared with 1.9.1). It is not {@link partialAuc}.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous. Only their order matters.
 * @returns In [(1 − maxFpr) / (2 − maxFpr), 1]; chance is 0.5, whatever the limit. At `maxFpr = 1` it is the AUROC. NaN if there
 * are only positives or only negatives.
 * @throws {RangeError} for a limit out of range, other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see McClish (1989), https://doi.org/10.1177/0272989X8900900307
 */
export function mcClishAuc(labels: Values, scores: Values, options: PartialAucOptions): number {
  const maxFpr = checkMaxFpr('mcClishAuc', options);
  const part = partialAreaUnderRoc(tally('mcClishAuc', labels, scores), maxFpr);
  // Both areas divided by maxFpr: min is maxFpr / 2, max is 1.
  return (1 + (part - maxFpr / 2) / (1 - maxFpr / 2)) / 2;
}

/** The area up to `maxFpr`, divided by `maxFpr`. */
export function partialAreaUnderRoc(counts: Tally, maxFpr: number): number {
  return areaUpTo(counts, counts.hits, counts.positives, maxFpr);
}

function checkMaxFpr(caller: string, options: PartialAucOptions | undefined): number {
  const maxFpr = options?.maxFpr;
  if (typeof maxFpr === 'number' && maxFpr > 0 && maxFpr <= 1) return maxFpr;
  throw new RangeError(`${caller}: maxFpr is ${maxFpr}; it must be above 0 and at most 1`);
}
