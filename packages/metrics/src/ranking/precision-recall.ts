import { type Tally, tally } from '../counting/tally.ts';
import type { Values } from '../values.ts';

/** Points of rising recall, as three arrays of one length. */
export type PrecisionRecallCurve = {
  /** The part of what scores at or above the threshold that is positive. */
  readonly precision: Float64Array;
  /** The part of the positives that score at or above the threshold; ends at 1. */
  readonly recall: Float64Array;
  /** From high to low. */
  readonly thresholds: Float64Array;
};

/**
 * Average precision, also called AUPRC: `Σ (R_k − R_{k−1}) P_k` over the distinct scores from high to low, in steps as scikit-learn
 * does it. The trapezoid under the same points, which other tools report by the same name, is another number.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous. Only their order matters.
 * @returns In (0, 1]; chance is the part of positives. NaN without positives, 1 without negatives.
 * @throws {RangeError} for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 */
export function averagePrecision(labels: Values, scores: Values): number {
  return meanPrecision(tally('averagePrecision', labels, scores));
}

/**
 * Precision against recall at every distinct score of a positive; at others recall stands still while precision only falls.
 * No point is made up at recall 0. Empty without positives.
 *
 * Takes and throws what {@link averagePrecision} does.
 */
export function precisionRecallCurve(labels: Values, scores: Values): PrecisionRecallCurve {
  return curveOfPrecision(tally('precisionRecallCurve', labels, scores));
}

export function curveOfPrecision(counts: Tally): PrecisionRecallCurve {
  const precision = new Float64Array(counts.hits.length);
  const recall = new Float64Array(counts.hits.length);
  let truePositives = 0;
  let flagged = 0;
  for (let k = 0; k < precision.length; k++) {
    truePositives += counts.hits[k]!;
    flagged += counts.hits[k]! + counts.gaps[k]! + counts.ties[k]!;
    precision[k] = truePositives / flagged;
    recall[k] = truePositives / counts.positives;
  }
  return { precision, recall, thresholds: new Float64Array(counts.thresholds) };
}

export function meanPrecision({ positives, hits, ties, gaps }: Tally): number {
  let sum = 0;
  let truePositives = 0;
  let flagged = 0;
  for (let k = 0; k < hits.length; k++) {
    truePositives += hits[k]!;
    flagged += hits[k]! + gaps[k]! + ties[k]!;
    if (hits[k]! > 0) sum += hits[k]! * (truePositives / flagged); // A resample may give a positive no weight; with nothing above it precision would be 0/0.
  }
  return sum / positives;
}
