import { type Tally, tally } from '../tally.ts';
import type { Values } from '../values.ts';

export type BestF1 = {
  /** In (0, 1]; NaN without positives. */
  readonly f1: number;
  /** What scores at or above it is called anomalous; NaN without positives. */
  readonly threshold: number;
};

/**
 * The highest F1, `2 TP / (2 TP + FP + FN)`, that any threshold reaches, and the lowest threshold that reaches it.
 *
 * It is picked with the labels at hand: an upper bound on what a threshold set beforehand gives, not an estimate of it.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous.
 * @throws {RangeError} for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function bestF1(labels: Values, scores: Values): BestF1 {
  return highestF1(tally('bestF1', labels, scores));
}

export function highestF1({ positives, thresholds, hits, ties, gaps }: Tally): BestF1 {
  let best = { f1: Number.NaN, threshold: Number.NaN };
  let truePositives = 0;
  let flagged = 0;
  for (let k = 0; k < hits.length; k++) {
    truePositives += hits[k]!;
    flagged += hits[k]! + gaps[k]! + ties[k]!;
    const f1 = (2 * truePositives) / (positives + flagged);
    if (!(f1 < best.f1)) best = { f1, threshold: thresholds[k]! };
  }
  return best;
}
