import { expect, test } from 'vitest';
import { drawBelow, randomNumbers } from '../../src/inference/random.ts';

const first = (seed: number, count = 1000) => {
  const next = randomNumbers(seed);
  return Array.from({ length: count }, next);
};

/** sfc32 once more, in whole numbers of any size: nothing here relies on how shifts wrap. */
function* sfc32(seed: bigint): Generator<number> {
  const wrap = (value: bigint) => BigInt.asUintN(32, value);
  let [a, b, c, counter] = [wrap(seed), wrap(seed >> 32n), 0n, 1n];
  for (let round = 0; ; round++) {
    const drawn = wrap(a + b + counter);
    counter = wrap(counter + 1n);
    a = b ^ (b >> 9n);
    b = wrap(c + (c << 3n));
    c = wrap((wrap(c << 21n) | (c >> 11n)) + drawn);
    if (round >= 20) yield Number(drawn);
  }
}

test.each([0, 1, 12345, 2 ** 31, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER, -1, -(2 ** 45)])('draws what sfc32 draws, seed %s', (seed) => {
  const twin = sfc32(BigInt(seed));
  for (const drawn of first(seed)) expect(drawn).toBe(twin.next().value);
});

test('close seeds, and seeds that differ above 32 bits, have nothing in common', () => {
  for (const [one, other] of [
    [0, 1],
    [7, 7 + 2 ** 32],
    [1, -1],
  ] as const) {
    const there = new Set(first(other));
    expect(first(one).filter((drawn) => there.has(drawn)).length).toBeLessThan(3);
  }
});

test('each number below a count comes as often as the others', () => {
  const next = randomNumbers(3);
  const [count, draws] = [7, 70_000];
  const seen = new Float64Array(count);
  for (let i = 0; i < draws; i++) seen[drawBelow(count, next)]!++;
  const expected = draws / count;
  const chiSquare = seen.reduce((sum, often) => sum + (often - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(22.46); // 6 degrees of freedom, 0.999
});

test('numbers that would favour the low ones are drawn again', () => {
  const drawn = [2 ** 32 - 1, 2 ** 32 - 2, 5]; // 2^32 = 3 * 1431655765 + 1: only the last number is one too many
  const next = () => drawn.shift()!;
  expect(drawBelow(3, next)).toBe((2 ** 32 - 2) % 3);
  expect(drawn).toEqual([5]);
});
