import { toPairs } from '../labelled-scores.ts';
import type { Values } from '../values.ts';
import { twoSidedQuantile, twoSidedTail } from './normal.ts';

export type DeLongOptions = {
  /** How often the interval is to hold the true AUROC, in (0, 1). @defaultValue 0.95 */
  level?: number;
};

export type DeLong = {
  /** See rocAuc. */
  readonly auroc: number;
  readonly standardError: number;
  /** The lower end of the interval, 0 at least. */
  readonly low: number;
  /** Its upper end, 1 at most. */
  readonly high: number;
};

export type DeLongTest = {
  readonly aurocA: number;
  readonly aurocB: number;
  /** `aurocA − aurocB`. */
  readonly difference: number;
  /** Of the difference. */
  readonly standardError: number;
  /** The difference over its standard error. */
  readonly z: number;
  /** Two-sided: the chance of a |z| as large where both methods are equally good. */
  readonly pValue: number;
};

/**
 * AUROC with DeLong's standard error and the interval `auroc ± z · standardError`, cut at 0 and 1.
 *
 * For an interval beside an image AUROC in a paper. **Not for pixels.** Labels and scores are taken to be independent of one another; pixels of one image aren't, and their
 * interval would be far too narrow. Pool maps with `poolImages`, or bootstrap over images.
 *
 * In O(n log n), by sorting each class, as Sun and Xu do it with midranks: the number is DeLong's own.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scores As many finite numbers, higher for more anomalous. Only their order matters.
 * @returns All NaN if a class is missing; all but `auroc` NaN if one has a single member. A perfect ranking has a standard error
 * of 0 and an interval of one point, which says too much: bootstrap doesn't help there either, more images do.
 * @throws {RangeError} for a level out of range, other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see DeLong, DeLong and Clarke-Pearson (1988), https://doi.org/10.2307/2531595; Sun and Xu (2014),
 * https://doi.org/10.1109/LSP.2014.2337313
 */
export function deLong(labels: Values, scores: Values, options: DeLongOptions = {}): DeLong {
  const { level = 0.95 } = options;
  if (!(level > 0 && level < 1)) throw new RangeError(`deLong: level is ${level}; it must be above 0 and below 1`);
  const wins = countWins(toPairs('deLong', labels, scores));
  const auroc = areaOf(wins);
  const standardError = standardErrorOf(wins);
  const reach = twoSidedQuantile(1 - level) * standardError;
  return { auroc, standardError, low: Math.max(0, auroc - reach), high: Math.min(1, auroc + reach) };
}

/**
 * DeLong's test of whether two methods that scored the same images have the same AUROC. For images, not for pixels: see
 * {@link deLong}.
 *
 * @param labels 1 for anomalous, 0 for normal.
 * @param scoresA One method's scores, finite, higher for more anomalous. Only their order matters.
 * @param scoresB The other method's, of the same images in the same order.
 * @returns All NaN if a class is missing; standard error, z and p-value NaN if one has a single member. z and p-value are NaN
 * where the standard error is 0: both methods rank the same, or every image wins by as much more under one.
 * @throws {RangeError} for other labels, scores that aren't finite, no values, or lengths that differ.
 * @throws {TypeError} for what isn't an array of numbers.
 * @see DeLong, DeLong and Clarke-Pearson (1988), https://doi.org/10.2307/2531595
 */
export function deLongTest(labels: Values, scoresA: Values, scoresB: Values): DeLongTest {
  const winsA = countWins(toPairs('deLongTest', labels, scoresA, { labels: 'labels', scores: 'scoresA' }));
  const winsB = countWins(toPairs('deLongTest', labels, scoresB, { labels: 'labels', scores: 'scoresB' }));
  // Of A − B directly: var A + var B − 2 cov would lose its digits where the two methods are alike.
  const wins = {
    ofPositives: winsA.ofPositives.map((count, i) => count - winsB.ofPositives[i]!),
    ofNegatives: winsA.ofNegatives.map((count, i) => count - winsB.ofNegatives[i]!),
  };
  const difference = areaOf(wins);
  const standardError = standardErrorOf(wins);
  const z = standardError > 0 ? difference / standardError : Number.NaN;
  return { aurocA: areaOf(winsA), aurocB: areaOf(winsB), difference, standardError, z, pValue: twoSidedTail(z) };
}

/**
 * For each positive how many negatives it outscores, for each negative how many positives outscore it, in the order of the labels;
 * a tie is a half. Divided by the other class' size these are DeLong's structural components; whole and half numbers stay exact.
 */
type Wins = { readonly ofPositives: Float64Array; readonly ofNegatives: Float64Array };

function countWins({ labels, scores, positives }: ReturnType<typeof toPairs>): Wins {
  const positiveScores = new Float64Array(positives);
  const negativeScores = new Float64Array(labels.length - positives);
  let p = 0;
  let n = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) positiveScores[p++] = scores[i]!;
    else negativeScores[n++] = scores[i]!;
  }
  const sortedPositives = positiveScores.slice().sort();
  const sortedNegatives = negativeScores.slice().sort();
  return {
    ofPositives: positiveScores.map((score) => midrank(sortedNegatives, score)),
    ofNegatives: negativeScores.map((score) => positives - midrank(sortedPositives, score)),
  };
}

/** How many of the sorted values are below `score`, and half of those equal to it. */
function midrank(sorted: Float64Array, score: number): number {
  const below = firstWhere(sorted, (value) => value >= score);
  const notAbove = firstWhere(sorted, (value) => value > score);
  return (below + notAbove) / 2;
}

/** Where, of rising values, those begin that pass. */
function firstWhere(sorted: Float64Array, passes: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function areaOf({ ofPositives, ofNegatives }: Wins): number {
  return sum(ofPositives) / (ofPositives.length * ofNegatives.length);
}

function standardErrorOf({ ofPositives, ofNegatives }: Wins): number {
  const [m, n] = [ofPositives.length, ofNegatives.length];
  return Math.sqrt(variance(ofPositives) / n / n / m + variance(ofNegatives) / m / m / n);
}

/** NaN of fewer than two. */
function variance(values: Float64Array): number {
  if (values.length < 2) return Number.NaN;
  const mean = sum(values) / values.length;
  return values.reduce((squares, value) => squares + (value - mean) ** 2, 0) / (values.length - 1);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
