import { toPairs } from '../labelled-scores.ts';
import type { Values } from '../values.ts';
import { bothPasses } from './both-passes.ts';
import { scoresOf } from './keys.ts';
import type { Negatives } from './negatives.ts';
import type { Positives } from './positives.ts';

/**
 * All that a ranking metric needs to know of the pixels. Such a metric changes its value, or its slope, only at the score of a
 * positive; so for each distinct one, from high to low, this counts what happens there. It is exact, however many negatives.
 */
export type Tally = {
  readonly positives: number;
  readonly negatives: number;
  /** The distinct scores of positives, from high to low. */
  readonly thresholds: ArrayLike<number>;
  /** How many positives have this score. */
  readonly hits: ArrayLike<number>;
  /** How many negatives have it too. */
  readonly ties: ArrayLike<number>;
  /** How many negatives lie above this score, but below the threshold before it. One entry more than thresholds: those below all. */
  readonly gaps: ArrayLike<number>;
  /** The lowest score in each gap; meaningless where a gap is empty. */
  readonly gapFloors: ArrayLike<number>;
};

/** Throws what {@link toPairs} does. */
export function tally(caller: string, labels: Values, scores: Values): Tally {
  const { positives, negatives } = bothPasses([toPairs(caller, labels, scores)], {});
  return toTally(positives, negatives);
}

export function toTally(positives: Positives, negatives: Negatives): Tally {
  const { ties, gaps, pixels } = negatives;
  return {
    positives: positives.pixels,
    negatives: pixels,
    hits: positives.hits,
    ties,
    gaps,
    // Made where they are asked for: most metrics do without.
    get thresholds() {
      return scoresOf(positives.thresholds);
    },
    get gapFloors() {
      return scoresOf(negatives.gapFloors);
    },
  };
}
