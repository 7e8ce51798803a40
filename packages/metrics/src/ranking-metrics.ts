import { type ByImageMetric, imageValues } from './catalogue.ts';
import { tally } from './counting/tally.ts';
import { highestF1 } from './ranking/best-f-beta.ts';
import type { Values } from './values.ts';

/** What a ranking is worth. Each is NaN where it is undefined. */
export type RankingMetrics = ByImageMetric<number> & {
  /** The highest F1 of any threshold: what `bestF1` gives as `f1`. */
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
  const counts = tally('rankingMetrics', labels, scores);
  const { f1, threshold } = highestF1(counts);
  return {
    ...imageValues(counts),
    f1Max: f1,
    f1MaxThreshold: threshold,
    prevalence: counts.positives / (counts.positives + counts.negatives),
  };
}
