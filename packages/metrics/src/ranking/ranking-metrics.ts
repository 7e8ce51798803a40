import { type Tally, tally } from '../counting/tally.ts';
import type { Values } from '../values.ts';
import { highestF1 } from './best-f-beta.ts';
import { meanPrecision } from './precision-recall.ts';
import { areaUnderRoc } from './roc.ts';

/** What a ranking is worth. Each is NaN where it is undefined. */
export type RankingMetrics = {
  /** See rocAuc. */
  readonly auroc: number;
  /** See averagePrecision. */
  readonly averagePrecision: number;
  /** See bestF1. */
  readonly f1Max: number;
  /** The lowest threshold that reaches `f1Max`. */
  readonly f1MaxThreshold: number;
  /** The part that is anomalous: what chance gives as average precision. */
  readonly prevalence: number;
};

/**
 * AUROC, average precision and best F1 at the price of one: everything is sorted once. For image scores of your own making, where
 * `imageMetrics` would pool maps; or for anything else with a label and a score.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous.
 * @returns Without positives all but the prevalence is NaN; without negatives the AUROC is.
 * @throws {RangeError} for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function rankingMetrics(labels: Values, scores: Values): RankingMetrics {
  return rankingOf(tally('rankingMetrics', labels, scores));
}

export function rankingOf(counts: Tally): RankingMetrics {
  const { f1, threshold } = highestF1(counts);
  return {
    auroc: areaUnderRoc(counts),
    averagePrecision: meanPrecision(counts),
    f1Max: f1,
    f1MaxThreshold: threshold,
    prevalence: counts.positives / (counts.positives + counts.negatives),
  };
}
