import { type Tally, tally } from '../counting/tally.ts';
import type { Values } from '../values.ts';
import { vertices } from '../vertices.ts';

/** Points from (0, 0) to (1, 1), as three arrays of one length. */
export type RocCurve = {
  /** The part of the negatives that score at or above the threshold. NaN without negatives. */
  readonly falsePositiveRate: Float64Array;
  /** The part of the positives that score at or above the threshold. NaN without positives. */
  readonly truePositiveRate: Float64Array;
  /** From high to low. The first, at (0, 0), is Infinity. */
  readonly thresholds: Float64Array;
};

/**
 * Area under the ROC curve: the chance that a positive outscores a negative, a tie counting half.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous. Only their order matters.
 * @returns In [0, 1]; 0.5 is chance. NaN if there are only positives or only negatives.
 * @throws {RangeError} for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see Hanley and McNeil (1982), https://doi.org/10.1148/radiology.143.1.7063747
 */
export function rocAuc(labels: Values, scores: Values): number {
  return areaUnderRoc(tally('rocAuc', labels, scores));
}

/**
 * The corners of the ROC curve, tied scores merged: straight lines between them are the whole curve. Points on a level or upright
 * line between two corners are left out, so there are at most two per distinct score of a positive, and two.
 *
 * Takes and throws what {@link rocAuc} does.
 */
export function rocCurve(labels: Values, scores: Values): RocCurve {
  return curveOfRoc(tally('rocCurve', labels, scores));
}

export function curveOfRoc(counts: Tally): RocCurve {
  const { x, y, thresholds } = vertices(counts, counts.hits, counts.positives);
  return { falsePositiveRate: x, truePositiveRate: y, thresholds };
}

export function areaUnderRoc({ positives, negatives, hits, ties, gaps }: Tally): number {
  let wins = 0; // in halves and whole pairs: exact up to 2^52
  let below = negatives;
  for (let k = 0; k < hits.length; k++) {
    below -= gaps[k]! + ties[k]!;
    wins += hits[k]! * (below + ties[k]! / 2);
  }
  return wins / (positives * negatives);
}
