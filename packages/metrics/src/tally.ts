import { sortDescending } from './sort-descending.ts';
import { type Row, toRow, type Values } from './values.ts';

/**
 * All that a ranking metric needs to know of the pixels. Such a metric changes its value, or its slope, only at the score of a
 * positive; so for each distinct one, from high to low, this counts what happens there. It is exact, however many negatives.
 */
export type Tally = {
  /** The positives, and the negatives. */
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

export function tally(caller: string, labels: Values, scores: Values): Tally {
  const names = ['labels', 'scores'].map((name) => `${caller}: ${name}`) as [string, string];
  return tallyPairs([checkPairs(names, toRow(names[0], labels), toRow(names[1], scores), (i) => `[${i}]`)]);
}

/** The positives of all parts are sorted together, the negatives part by part: scratch memory for one part is enough. */
export function tallyPairs(parts: readonly Pairs[]): Tally {
  const positives = parts.reduce((sum, part) => sum + part.positives, 0);
  const narrow = parts.every(({ scores }) => scores instanceof Float32Array);
  const all = narrow ? new Float32Array(positives) : new Float64Array(positives);
  let filled = 0;
  for (const part of parts) filled = select(part, 1, all, filled);
  const counted = countDistinct(sortDescending(all));

  const ties = new Uint32Array(counted.thresholds.length);
  const gaps = new Uint32Array(counted.thresholds.length + 1);
  const gapFloors = new Float64Array(gaps.length).fill(Infinity);
  let negatives = 0;
  for (const part of parts) {
    const count = part.labels.length - part.positives;
    const own = part.scores instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
    select(part, 0, own, 0);
    merge(sortDescending(own), counted.thresholds, ties, gaps, gapFloors);
    negatives += count;
  }
  return { positives, negatives, ...counted, ties, gaps, gapFloors };
}

/**
 * @param names What to call labels and scores, with the function before them.
 * @param locate Says where value i is, in words that follow a name.
 * @throws {RangeError} unless labels are 0 or 1, scores finite, and both of one length (and one shape, if both have one) above 0.
 * @throws {TypeError} where something isn't a number.
 */
export function checkPairs(names: readonly [string, string], labelRow: Row, scoreRow: Row, locate: (i: number) => string): Pairs {
  const { data: labels } = labelRow;
  const { data: scores } = scoreRow;
  if (labels.length !== scores.length) {
    throw new RangeError(`${names[0]} has ${labels.length} values, but there are ${scores.length} scores; they must be pairs`);
  }
  if (labels.length === 0) throw new RangeError(`${names[0]} is empty, and so are the scores; there is nothing to rank`);
  if (labelRow.shape && scoreRow.shape && `${labelRow.shape}` !== `${scoreRow.shape}`) {
    throw new RangeError(`${names[0]} is [${labelRow.shape}], but the scores are [${scoreRow.shape}]; both must have the same shape`);
  }
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === 1) positives++;
    else if (label !== 0) reject(names[0] + locate(i), label, '0 or 1; binarise masks first, value > 0 ? 1 : 0');
    if (!Number.isFinite(scores[i])) reject(names[1] + locate(i), scores[i], 'a finite number');
  }
  return { labels, scores, positives };
}

function reject(what: string, value: unknown, right: string): never {
  if (typeof value === 'number') throw new RangeError(`${what} is ${value}; it must be ${right}`);
  throw new TypeError(`${what} is of type ${typeof value}; it must be ${right}`);
}

function select({ labels, scores }: Pairs, label: 0 | 1, into: Float32Array | Float64Array, start: number): number {
  let end = start;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === label) into[end++] = scores[i]! + 0; // -0 + 0 is +0: the two tie
  }
  return end;
}

function countDistinct(sorted: Float32Array | Float64Array): { thresholds: Float64Array; hits: Uint32Array } {
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  const thresholds = new Float64Array(distinct);
  const hits = new Uint32Array(distinct);
  let k = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i] !== sorted[i - 1]) thresholds[++k] = sorted[i]!;
    hits[k]!++;
  }
  return { thresholds, hits };
}

function merge(
  negatives: Float32Array | Float64Array,
  thresholds: Float64Array,
  ties: Uint32Array,
  gaps: Uint32Array,
  gapFloors: Float64Array,
): void {
  let next = 0;
  for (let k = 0; k < gaps.length; k++) {
    const threshold = k < thresholds.length ? thresholds[k]! : -Infinity;
    const above = next;
    while (next < negatives.length && negatives[next]! > threshold) next++;
    if (next > above) {
      gaps[k]! += next - above;
      gapFloors[k] = Math.min(gapFloors[k]!, negatives[next - 1]!);
    }
    const level = next;
    while (next < negatives.length && negatives[next] === threshold) next++;
    if (next > level) ties[k]! += next - level;
  }
}
