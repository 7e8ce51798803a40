import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keysOf, type Scores, scoresOf, sortKeys, widen } from '../src/keys.ts';

const finite = { noNaN: true, noDefaultInfinity: true, maxLength: 200 };
const anyScores = fc.oneof(fc.float32Array(finite), fc.float64Array(finite)) as fc.Arbitrary<Scores>;

/** From high to low, by the keys. */
function descending(scores: Scores): number[] {
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
      const values = scores.map((value) => value + 0) as Scores;
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
        Array.from({ length: Math.max(0, all.length - 1) }, (_, i) => Math.sign(direction * (all[i + 1]! - all[i]!)));
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
