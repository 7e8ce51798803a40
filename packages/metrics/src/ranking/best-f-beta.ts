import { type Tally, tally } from '../counting/tally.ts';
import type { Values } from '../values.ts';

export type BestF1 = {
  /** In (0, 1]; NaN without positives. `pixelMetrics`, `rankingMetrics` and `results.json` call it `f1Max`. */
  readonly f1: number;
  /** What scores at or above it is called anomalous; NaN without positives. */
  readonly threshold: number;
};

export type BestFBeta = {
  /** In (0, 1]; NaN without positives. */
  readonly fBeta: number;
  /** What scores at or above it is called anomalous; NaN without positives. */
  readonly threshold: number;
};

export type FBetaOptions = {
  /** How many times as much recall counts as precision; above 0. @defaultValue 1 */
  beta?: number;
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

/**
 * The highest F-beta, `(1 + β²) TP / ((1 + β²) TP + β² FN + FP)`, that any threshold reaches, and the lowest threshold that
 * reaches it. Like {@link bestF1}, it is an upper bound: the threshold is picked with the labels at hand.
 *
 * The number is the maximum of scikit-learn's `fbeta_score` over all thresholds (compared with 1.9.1).
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous.
 * @throws {RangeError} unless beta is above 0 and its square finite, and as {@link bestF1} does.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see van Rijsbergen (1979), Information Retrieval, chapter 7
 */
export function bestFBeta(labels: Values, scores: Values, options: FBetaOptions = {}): BestFBeta {
  const beta = checkBeta('bestFBeta', options);
  return highestFBeta(tally('bestFBeta', labels, scores), beta);
}

export function highestF1(counts: Tally): BestF1 {
  const { fBeta, threshold } = highestFBeta(counts, 1);
  return { f1: fBeta, threshold };
}

export function highestFBeta({ positives, thresholds, hits, ties, gaps }: Tally, beta: number): BestFBeta {
  const missWeight = beta * beta;
  let best = Number.NaN;
  let threshold = Number.NaN;
  let truePositives = 0;
  let flagged = 0;
  for (let k = 0; k < hits.length; k++) {
    truePositives += hits[k]!;
    flagged += hits[k]! + gaps[k]! + ties[k]!;
    if (hits[k] === 0) continue; // A resample may give a positive no weight. Then this threshold adds false alarms at most.
    const fBeta = ((1 + missWeight) * truePositives) / (missWeight * positives + flagged);
    if (fBeta < best) continue;
    best = fBeta;
    threshold = thresholds[k]!;
  }
  return { fBeta: best, threshold };
}

export function checkBeta(caller: string, { beta = 1 }: FBetaOptions): number {
  if (!(beta > 0 && Number.isFinite(beta * beta)))
    throw new RangeError(`${caller}: beta is ${beta}; it must be above 0 and its square finite`);
  return beta;
}
