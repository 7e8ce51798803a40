import { sortDescending } from './sort-descending.ts';
import { toRow, type Values } from './values.ts';

/**
 * All that a ranking metric needs to know of the pixels. Such a metric changes its value, or its slope, only at the score of a
 * positive; so for each distinct one, from high to low, this counts what happens there. It is exact, however many negatives.
 */
export type Tally = {
  readonly positives: number;
  readonly negatives: number;
  /** The distinct scores of positives, from high to low. */
  readonly thresholds: Float64Array;
  /** How many positives have this score. */
  readonly hits: Uint32Array;
  /** How many negatives have it too. */
  readonly ties: Uint32Array;
  /** How many negatives lie above this score, but below the threshold before it. One entry more than thresholds: those below all. */
  readonly gaps: Uint32Array;
  /** The lowest score in each gap; meaningless where a gap is empty. */
  readonly gapFloors: Float64Array;
};

/** Labels and scores of the same pixels, checked: as many of one as of the other, 0 or 1, finite. */
export type Pairs = { readonly labels: ArrayLike<number>; readonly scores: ArrayLike<number>; readonly positives: number };

/** Negatives are sorted in runs of this many, which bounds the memory; each run then walks through all thresholds. */
const RUN = 2 ** 22;

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
  return tallyPairs([checkPairs(labelRow.data, scoreRow.data, (part, i) => `${caller}: ${part}[${i}]`)]);
}

export function tallyPairs(parts: readonly Pairs[]): Tally {
  let positives = 0;
  let negatives = 0;
  for (const { labels, positives: own } of parts) {
    positives += own;
    negatives += labels.length - own;
  }

  let distinct = 0;
  const thresholds = new Float64Array(positives);
  const hits = new Uint32Array(positives);
  forEachRun(parts, 1, positives, (run) => {
    for (const score of run) {
      if (distinct === 0 || score !== thresholds[distinct - 1]) thresholds[distinct++] = score;
      hits[distinct - 1]!++;
    }
  });

  const ties = new Uint32Array(distinct);
  const gaps = new Uint32Array(distinct + 1);
  const gapFloors = new Float64Array(distinct + 1).fill(Infinity);
  forEachRun(parts, 0, Math.min(negatives, RUN), (run) => {
    let next = 0;
    for (let k = 0; k <= distinct; k++) {
      const threshold = k < distinct ? thresholds[k]! : -Infinity;
      const first = next;
      while (run[next]! > threshold) next++;
      if (next > first) gapFloors[k] = Math.min(gapFloors[k]!, run[next - 1]!);
      gaps[k]! += next - first;
      for (; run[next] === threshold; next++) ties[k]!++;
    }
  });
  return { positives, negatives, thresholds: thresholds.slice(0, distinct), hits: hits.slice(0, distinct), ties, gaps, gapFloors };
}

/** Hands over all scores of one label in sorted runs of at most `length`. */
function forEachRun(parts: readonly Pairs[], label: 0 | 1, length: number, visit: (run: Float32Array | Float64Array) => void): void {
  const narrow = parts.every(({ scores }) => scores instanceof Float32Array);
  const run = new (narrow ? Float32Array : Float64Array)(length);
  let filled = 0;
  for (const { labels, scores } of parts) {
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] !== label) continue;
      if (filled === length) {
        visit(sortDescending(run));
        filled = 0;
      }
      run[filled++] = scores[i]! + 0; // -0 + 0 is +0: the two tie
    }
  }
  visit(sortDescending(run.subarray(0, filled)));
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
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) positives++;
    else if (labels[i] !== 0) reject(name('labels', i), labels[i], '0 or 1; binarise masks: value > 0 ? 1 : 0');
    if (!Number.isFinite(scores[i])) reject(name('scores', i), scores[i], 'a finite number');
  }
  return { labels, scores, positives };
}

function reject(what: string, value: unknown, right: string): never {
  const ErrorClass = typeof value === 'number' ? RangeError : TypeError;
  throw new ErrorClass(`${what} is ${typeof value === 'number' ? value : typeof value}; it must be ${right}`);
}
