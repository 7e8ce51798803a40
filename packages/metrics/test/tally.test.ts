import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { averagePrecision, bestF1, precisionRecallCurve, rocAuc, rocCurve } from '../src/index.ts';

test('a set repeated until it no longer fits one sorted run scores the same', () => {
  const labels = [0, 1, 0, 0, 1, 0, 0, 0];
  const scores = [0.5, 0.25, 0.25, -1, 3, 2, 0.125, 3];
  const times = 700_000; // 4.20 million negatives; a run holds 4.19 million
  const manyLabels = new Uint8Array(labels.length * times);
  const manyScores = new Float32Array(labels.length * times);
  for (let i = 0; i < manyLabels.length; i++) {
    manyLabels[i] = labels[i % labels.length]!;
    manyScores[i] = scores[i % labels.length]!;
  }
  expect(rocCurve(manyLabels, manyScores)).toEqual(rocCurve(labels, scores));
});

const functions = { rocAuc, rocCurve, averagePrecision, precisionRecallCurve, bestF1 };

describe.each(Object.entries(functions))('%s refuses', (name, metric) => {
  test.each<[string, unknown, unknown, Error]>([
    [
      'labels other than 0 and 1',
      [0, 255],
      [1, 2],
      new RangeError(`${name}: labels[1] is 255; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0`),
    ],
    ['NaN', [0, 1, 1], [1, 2, Number.NaN], new RangeError(`${name}: scores[2] is NaN; it must be a finite number`)],
    ['infinity', [0, 1], Float32Array.of(Infinity, 2), new RangeError(`${name}: scores[0] is Infinity; it must be a finite number`)],
    ['other lengths', [0, 1, 1], [1, 2], new RangeError(`${name}: labels are [3], scores [2]; both must be of one shape`)],
    [
      'other shapes of one length',
      ndarray([0, 1, 1, 0, 0, 0], [2, 3]),
      ndarray([1, 2, 3, 4, 5, 6], [3, 2]),
      new RangeError(`${name}: labels are [2,3], scores [3,2]; both must be of one shape`),
    ],
    ['nothing', [], [], new RangeError(`${name}: labels and scores are empty; pass some`)],
    ['what is no array', null, [1], new TypeError(`${name}: labels is null; pass an array, a typed array or an ndarray`)],
    ['a lone number', [1], 1, new TypeError(`${name}: scores is 1; pass an array, a typed array or an ndarray`)],
    [
      'labels that are no numbers',
      [true, false],
      [1, 2],
      new TypeError(`${name}: labels[0] is boolean; it must be 0 or 1; binarise masks: value > 0 ? 1 : 0`),
    ],
    ['scores that are no numbers', [1, 0], ['2', '1'], new TypeError(`${name}: scores[0] is string; it must be a finite number`)],
  ])('%s', (_, labels, scores, error) => {
    expect(() => metric(labels as never, scores as never)).toThrow(error);
  });
});
