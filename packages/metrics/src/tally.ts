import { scoresOf } from './keys.ts';
import { type Negatives, startCounting } from './streaming/negatives.ts';
import type { Positives } from './streaming/positives.ts';
import { startCollection } from './streaming/positives.ts';
import { toRow, type Values } from './values.ts';

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

/** Labels and scores of the same pixels, checked: as many of one as of the other, 0 or 1, finite. */
export type Pairs = { readonly labels: ArrayLike<number>; readonly scores: ArrayLike<number>; readonly positives: number };

/**
 * @throws {RangeError} unless labels are 0 or 1, scores finite, and both of one length (and one shape, if both have one) above 0.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function tally(caller: string, labels: Values, scores: Values): Tally {
  const labelRow = toRow(`${caller}: labels`, labels);
  const scoreRow = toRow(`${caller}: scores`, scores);
  const { length } = labelRow.data;
  if (length !== scoreRow.data.length || (labelRow.shape && scoreRow.shape && `${labelRow.shape}` !== `${scoreRow.shape}`)) {
    const came = `labels are [${labelRow.shape ?? length}], scores [${scoreRow.shape ?? scoreRow.data.length}]`;
    throw new RangeError(`${caller}: ${came}; both must be of one shape`);
  }
  if (length === 0) throw new RangeError(`${caller}: labels and scores are empty; pass some`);
  return tallyPairs(checkPairs(labelRow.data, scoreRow.data, (part, i) => `${caller}: ${part}[${i}]`));
}

export function tallyPairs(pairs: Pairs): Tally {
  const collection = startCollection({ regions: false });
  collection.add(pairs);
  const positives = collection.finish();
  const counting = startCounting(positives, pairs.labels.length - pairs.positives);
  counting.add(pairs);
  return toTally(positives, counting.finish());
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

/**
 * @param name Says what value i of labels or scores is called.
 * @throws {RangeError} unless labels are 0 or 1 and scores finite; {TypeError} where one isn't a number.
 */
export function checkPairs(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  name: (part: 'labels' | 'scores', i: number) => string,
): Pairs {
  let positives = typed(labels) && typed(scores) ? countPositives(labels, scores) : undefined;
  if (positives !== undefined) return { labels, scores, positives };
  positives = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) positives++;
    else if (labels[i] !== 0) reject(name('labels', i), labels[i], '0 or 1; binarise masks: value > 0 ? 1 : 0');
    if (!Number.isFinite(scores[i])) reject(name('scores', i), scores[i], 'a finite number');
  }
  return { labels, scores, positives };
}

function typed(values: ArrayLike<number>): boolean {
  return ArrayBuffer.isView(values) && typeof values[0] === 'number';
}

/** Nothing if a label isn't 0 or 1, or a score isn't finite: that is known fast only of all together. */
function countPositives(labels: ArrayLike<number>, scores: ArrayLike<number>): number | undefined {
  let positives = 0;
  let others = 0;
  let zero = 0; // but NaN after an infinity or NaN
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    positives += label;
    others += Math.abs(label * (label - 1));
    zero += scores[i]! * 0;
  }
  return others === 0 && zero === 0 ? positives : undefined;
}

function reject(what: string, value: unknown, right: string): never {
  const ErrorClass = typeof value === 'number' ? RangeError : TypeError;
  throw new ErrorClass(`${what} is ${typeof value === 'number' ? value : typeof value}; it must be ${right}`);
}
