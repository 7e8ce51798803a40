import { checkPairs, type Pairs } from './tally.ts';
import { toRow, type Values } from './values.ts';

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
