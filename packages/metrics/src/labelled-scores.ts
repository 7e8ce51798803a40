import { toRow, type Values } from './values.ts';

/** Labels and scores of the same pixels, checked: as many of one as of the other, 0 or 1, finite. */
export type Pairs = { readonly labels: ArrayLike<number>; readonly scores: ArrayLike<number>; readonly positives: number };

/**
 * Labels and scores as rows, checked. Errors read `'rocAuc: labels[3] is 255; …'`, with what `names` calls the two.
 *
 * @throws {RangeError} unless labels are 0 or 1, scores finite, and both of one length (and one shape, if both have one) above 0.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function toPairs(caller: string, labels: Values, scores: Values, names = { labels: 'labels', scores: 'scores' }): Pairs {
  const labelRow = toRow(`${caller}: ${names.labels}`, labels);
  const scoreRow = toRow(`${caller}: ${names.scores}`, scores);
  const { length } = labelRow.data;
  if (length !== scoreRow.data.length || (labelRow.shape && scoreRow.shape && `${labelRow.shape}` !== `${scoreRow.shape}`)) {
    const came = `${names.labels} are [${labelRow.shape ?? length}], ${names.scores} [${scoreRow.shape ?? scoreRow.data.length}]`;
    throw new RangeError(`${caller}: ${came}; both must be of one shape`);
  }
  if (length === 0) throw new RangeError(`${caller}: ${names.labels} and ${names.scores} are empty; pass some`);
  return checkPairs(labelRow.data, scoreRow.data, (part, i) => `${caller}: ${names[part]}[${i}]`);
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

/** Undefined if any label isn't 0 or 1, or any score isn't finite. Which one it is takes a slower loop to find. */
function countPositives(labels: ArrayLike<number>, scores: ArrayLike<number>): number | undefined {
  let positives = 0;
  let others = 0;
  let zero = 0; // Infinity · 0 and NaN · 0 are NaN, and NaN stays.
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
