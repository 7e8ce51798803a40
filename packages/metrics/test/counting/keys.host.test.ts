import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Keys,
  keysOf,
  type MapScores,
  newKeys,
  positiveKeys,
  scoresOf,
  sortKeys,
  widen,
  writeNegativeKeys,
} from '../../src/counting/keys.ts';

const finite = { noNaN: true, noDefaultInfinity: true, maxLength: 200 };
const anyScores = fc.oneof(fc.float32Array(finite), fc.float64Array(finite)) as fc.Arbitrary<MapScores>;

/** From high to low, by the keys. */
function descending(scores: MapScores): number[] {
  const keys = keysOf(scores);
  return Array.from(scoresOf(sortKeys(keys, keys.slice())));
}

test('float32 of both signs, of any size, come from high to low', () => {
  const values = Float32Array.of(1, -1, 0, 3.4e38, -3.4e38, 1e-45, -1e-45, 1, 2);
  expect(descending(values)).toEqual(Array.from(values).sort((a, b) => b - a));
});

test('agrees with a sort by comparison', () => {
  fc.assert(
    fc.property(anyScores, (scores) => {
      const values = scores.map((value) => value + 0) as MapScores;
      expect(descending(values)).toEqual(Array.from(values).sort((a, b) => b - a));
    }),
  );
});

test('keys give their scores back, and rise as scores fall, whichever their width', () => {
  fc.assert(
    fc.property(fc.float32Array(finite), (scores) => {
      const keys = keysOf(scores);
      const values = Array.from(scores, (score) => score + 0);
      expect(Array.from(scoresOf(keys))).toEqual(values);
      expect(Array.from(scoresOf(widen(keys)))).toEqual(values);
      const signs = (all: ArrayLike<number>, direction: number) =>
        Array.from({ length: Math.max(0, all.length - 1) }, (_, i) => Math.sign(direction * (all[i + 1]! - all[i]!)) + 0); // ties are 0, not -0
      expect(signs(keys, -1)).toEqual(signs(values, 1));
    }),
  );
});

test('0 and -0 have one key', () => {
  for (const kind of [Float32Array, Float64Array]) {
    const [one, other] = keysOf(kind.of(0, -0));
    expect(Object.is(one, other)).toBe(true);
  }
});

const labelled = anyScores.chain((scores) =>
  fc.record({
    scores: fc.constant(scores),
    labels: fc.array(fc.constantFrom(0, 1), { minLength: scores.length, maxLength: scores.length }),
  }),
);

test('keys of positives, and those of negatives through a buffer of any length, are those of all scores, in their order', () => {
  fc.assert(
    fc.property(labelled, fc.integer({ min: 1, max: 50 }), fc.boolean(), ({ scores, labels }, length, wide) => {
      const pairs = { scores, labels, positives: labels.filter((label) => label === 1).length };
      const keys = Array.from(keysOf(scores));
      expect(Array.from(positiveKeys(pairs))).toEqual(keys.filter((_, i) => labels[i] === 1));

      const into = newKeys(scores instanceof Float32Array && !wide, length);
      const written: number[] = [];
      for (let place = { at: 0, from: 0 }; place.from < scores.length; ) {
        place = writeNegativeKeys(into, place.at, pairs, place.from);
        if (place.at === into.length || place.from === scores.length) {
          written.push(...into.subarray(0, place.at));
          place = { at: 0, from: place.from };
        }
      }
      const expected: Keys = into instanceof Uint32Array ? keysOf(scores) : widen(keysOf(scores));
      expect(written).toEqual(Array.from(expected).filter((_, i) => labels[i] === 0));
    }),
  );
});

test('a view into a larger array has the keys of its own scores', () => {
  const all = Float32Array.of(1, 2, 3, 4, 5);
  expect(keysOf(all.subarray(1, 4))).toEqual(keysOf(Float32Array.of(2, 3, 4)));
});

test('more keys than a radix digit has values are sorted, negative scores and subnormals among them', () => {
  const scores = Float32Array.from({ length: 200_000 }, (_, i) => Math.sin(i * 78.233) * 10 ** ((i % 90) - 50));
  expect(Float32Array.from(descending(scores))).toEqual(
    scores
      .map((value) => value + 0)
      .sort()
      .reverse(),
  );
});
