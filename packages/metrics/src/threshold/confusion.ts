import { toPairs } from '../labelled-scores.ts';
import { checkBeta, type FBetaOptions } from '../ranking/best-f-beta.ts';
import type { Values } from '../values.ts';

/** How many are called what they are, and how many are not. */
export type Confusion = {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
};

/**
 * Counts at a threshold: what scores at or above it is flagged. For error rates of your own, and for `precisionOf` and its like.
 *
 * It matches scikit-learn's `confusion_matrix(labels, scores >= threshold)` (compared with 1.9.1).
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous.
 * @param threshold Any number; -Infinity flags all, Infinity nothing. Scores are compared as they are: a float32 score of 0.7 is just below
 * the float64 threshold 0.7.
 * @throws {RangeError} if the threshold is NaN; for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers, and for a threshold that isn't a number.
 */
export function confusionAt(labels: Values, scores: Values, threshold: number): Confusion {
  checkThreshold('confusionAt', threshold);
  const pairs = toPairs('confusionAt', labels, scores);
  return countAt(pairs.labels, pairs.scores, threshold);
}

/** Of labels and scores that are checked. */
export function countAt(labels: ArrayLike<number>, scores: ArrayLike<number>, threshold: number): Confusion {
  let truePositives = 0;
  let flagged = 0;
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    positives += label;
    if (scores[i]! >= threshold) {
      flagged++;
      truePositives += label;
    }
  }
  return {
    truePositives,
    falsePositives: flagged - truePositives,
    falseNegatives: positives - truePositives,
    trueNegatives: labels.length - positives - (flagged - truePositives),
  };
}

export function checkThreshold(caller: string, threshold: number): void {
  if (typeof threshold !== 'number') throw new TypeError(`${caller}: threshold is ${typeof threshold}; pass a number`);
  if (Number.isNaN(threshold)) throw new RangeError(`${caller}: threshold is NaN; pass a number`);
}

/**
 * `TP / (TP + FP)`: the part of what is flagged that is anomalous. In [0, 1]; NaN if nothing is flagged.
 *
 * @throws {RangeError} if a count is negative or not finite; {TypeError} if one isn't a number.
 */
export function precisionOf(confusion: Confusion): number {
  const { truePositives, falsePositives } = checked('precisionOf', confusion);
  return truePositives / (truePositives + falsePositives);
}

/**
 * `TP / (TP + FN)`: the part of what is anomalous that is flagged. In [0, 1]; NaN if nothing is anomalous.
 *
 * @throws {RangeError} if a count is negative or not finite; {TypeError} if one isn't a number.
 */
export function recallOf(confusion: Confusion): number {
  const { truePositives, falseNegatives } = checked('recallOf', confusion);
  return truePositives / (truePositives + falseNegatives);
}

/**
 * `(1 + β²) TP / ((1 + β²) TP + β² FN + FP)`: the harmonic mean of precision and recall, recall weighing β² times as much. In
 * [0, 1]; NaN if nothing is anomalous and nothing flagged, where scikit-learn's `fbeta_score` gives 0 and a warning.
 *
 * @throws {RangeError} if a count is negative or not finite, or beta not above 0; {TypeError} if a count isn't a number.
 */
export function fBetaOf(confusion: Confusion, options: FBetaOptions = {}): number {
  const { truePositives, falsePositives, falseNegatives } = checked('fBetaOf', confusion);
  const missWeight = checkBeta('fBetaOf', options) ** 2;
  const found = (1 + missWeight) * truePositives;
  return found / (found + missWeight * falseNegatives + falsePositives);
}

/**
 * Intersection over union, also called Jaccard index: `TP / (TP + FP + FN)`. In [0, 1]; NaN if nothing is anomalous and nothing
 * flagged, where scikit-learn's `jaccard_score` gives 0 and a warning.
 *
 * @throws {RangeError} if a count is negative or not finite; {TypeError} if one isn't a number.
 */
export function iouOf(confusion: Confusion): number {
  const { truePositives, falsePositives, falseNegatives } = checked('iouOf', confusion);
  return truePositives / (truePositives + falsePositives + falseNegatives);
}

/**
 * Dice coefficient, `2 TP / (2 TP + FP + FN)`: another name of F1. In [0, 1]; NaN if nothing is anomalous and nothing flagged.
 *
 * @throws {RangeError} if a count is negative or not finite; {TypeError} if one isn't a number.
 */
export function diceOf(confusion: Confusion): number {
  const { truePositives, falsePositives, falseNegatives } = checked('diceOf', confusion);
  return (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);
}

function checked(caller: string, confusion: Confusion): Confusion {
  for (const name of ['truePositives', 'falsePositives', 'falseNegatives', 'trueNegatives'] as const) {
    const count: unknown = confusion?.[name];
    if (typeof count !== 'number') throw new TypeError(`${caller}: ${name} is ${typeof count}; pass what confusionAt gives`);
    if (!(count >= 0 && count < Infinity)) throw new RangeError(`${caller}: ${name} is ${count}; it must be finite and not negative`);
  }
  return confusion;
}
