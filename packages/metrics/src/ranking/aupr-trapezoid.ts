import { type Tally, tally } from '../counting/tally.ts';
import type { Values } from '../values.ts';

/**
 * The trapezoid under precision against recall: `Σ (R_k − R_{k−1}) (P_k + P_{k−1}) / 2` over the distinct scores from high to low,
 * tied scores merged, with a point made up at recall 0 and precision 1 before the first.
 *
 * Lines join points that no threshold lies between, so it can be far too high: where all scores tie it is halfway between chance and
 * 1. It can be too low as well: one negative, then one positive, is 0.25. `averagePrecision` is 0.5 there, the precision of the only
 * threshold that finds anything. This one is here because others print it: anomalib's `AUPR` and adeval's `aupr` are trapezoids
 * (adeval's over bins of scores). It matches scikit-learn's `auc(recall, precision)` of `precision_recall_curve` (compared with 1.9.1).
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous. Only their order matters.
 * @returns In (0, 1]. NaN without positives, 1 without negatives. Where all scores tie it is `(1 + part of positives) / 2`.
 * @throws {RangeError} for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see Davis and Goadrich (2006), https://doi.org/10.1145/1143844.1143874, on why straight lines are wrong here
 */
export function auprTrapezoid(labels: Values, scores: Values): number {
  return areaUnderLinearPr(tally('auprTrapezoid', labels, scores));
}

export function areaUnderLinearPr({ positives, hits, ties, gaps }: Tally): number {
  let area = 0; // in positives
  let truePositives = 0;
  let flagged = 0;
  for (let k = 0; k < hits.length; k++) {
    // Negatives between two positives lower the precision before recall moves on: the line starts below them.
    flagged += gaps[k]!;
    const before = flagged === 0 ? 1 : truePositives / flagged;
    truePositives += hits[k]!;
    flagged += hits[k]! + ties[k]!;
    if (hits[k]! > 0) area += (hits[k]! * (before + truePositives / flagged)) / 2;
  }
  return area / positives;
}
