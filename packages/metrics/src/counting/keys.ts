/** Finite scores: float32 where all of them came as float32, else float64. */
export type MapScores = Float32Array | Float64Array;

/**
 * Scores as sorting wants them: numbers that rise as scores fall. The key of a float32 score is made of its bits, read as a whole number;
 * the key of a float64 score is its negative. -0 has the key of 0, to which it is equal.
 */
export type Keys = Uint32Array | Float64Array;

export function newKeys(narrow: boolean, length: number): Keys {
  return narrow ? new Uint32Array(length) : new Float64Array(length);
}

type Labelled = { readonly labels: ArrayLike<number>; readonly scores: ArrayLike<number>; readonly positives: number };

/** The keys of the scores labelled 1, in their order: of float32 where they are a Float32Array. */
export function positiveKeys({ labels, scores, positives }: Labelled): Keys {
  const keys = newKeys(scores instanceof Float32Array, positives);
  const bits = scores instanceof Float32Array ? bitsOf(scores) : undefined;
  for (let i = 0, end = 0; end < positives; i++) {
    if (labels[i] === 1) keys[end++] = bits ? floatKey(bits[i]!) : 0 - scores[i]!;
  }
  return keys;
}

/**
 * Writes the keys of the scores labelled 0 to `into`, from place `at` on. float32 keys can be made of a Float32Array only.
 *
 * @param from The first score to look at.
 * @returns Where the next key and the next score are: it ends with the scores, or where `into` is full.
 */
export function writeNegativeKeys(into: Keys, at: number, pairs: Labelled, from: number): { at: number; from: number } {
  const { scores } = pairs;
  while (from < scores.length && at < into.length) {
    const to = Math.min(scores.length, from + into.length - at); // there is room for all of these
    at = into instanceof Uint32Array ? writeNarrow(into, at, pairs, from, to) : writeWide(into, at, pairs, from, to);
    from = to;
  }
  return { at, from };
}

/** Every key is written, but that of a positive is overwritten by the next: writing is faster than branching. */
function writeNarrow(into: Uint32Array, at: number, { labels, scores }: Labelled, from: number, to: number): number {
  const bits = bitsOf(scores as Float32Array);
  for (let i = from; i < to; i++) {
    into[at] = floatKey(bits[i]!);
    at += 1 - labels[i]!;
  }
  return at;
}

function writeWide(into: Float64Array, at: number, { labels, scores }: Labelled, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    into[at] = 0 - scores[i]!;
    at += 1 - labels[i]!;
  }
  return at;
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

const SIGN = 1 << 31;

/** Positive floats: the 31 lower bits are inverted, so that keys fall as scores rise. Negative floats: their bits do so already, above all others. */
function floatKey(bits: number): number {
  return bits === SIGN ? ~SIGN : turn(bits);
}

/** Applied twice, it gives the bits back. */
function turn(bits: number): number {
  return bits ^ (~(bits >> 31) >>> 1);
}

export function keysOf(scores: MapScores): Keys {
  return positiveKeys({ scores, labels: new Uint8Array(scores.length).fill(1), positives: scores.length });
}

export function scoresOf(keys: Keys): MapScores {
  if (keys instanceof Float64Array) return keys.map((key) => 0 - key);
  const bits = new Int32Array(keys.length);
  for (let i = 0; i < bits.length; i++) bits[i] = turn(keys[i]! | 0);
  return new Float32Array(bits.buffer);
}

/** The keys that the same scores have as float64. */
export function widen(keys: Keys): Float64Array {
  if (keys instanceof Float64Array) return keys;
  const scores = scoresOf(keys);
  const wide = new Float64Array(keys.length);
  for (let i = 0; i < wide.length; i++) wide[i] = 0 - scores[i]!;
  return wide;
}

const BITS = 11; // A processor's cache keeps track of about 2048 places to write to; more are slower.
const DIGITS = 2 ** BITS;

/**
 * The keys as they rise: of float32 by radix, of float64 by the native sort, which takes about five times as long.
 *
 * @param keys Overwritten.
 * @param scratch As long and of the same kind; overwritten.
 * @returns `keys` or `scratch`, whichever holds the result.
 */
export function sortKeys(keys: Keys, scratch: Keys): Keys {
  return keys instanceof Uint32Array ? radixSort(keys, scratch as Uint32Array) : keys.sort();
}

/** Least significant digit first, in digits of 11, 11 and 10 bits. */
function radixSort(keys: Uint32Array, scratch: Uint32Array): Uint32Array {
  const low = new Uint32Array(DIGITS);
  const middle = new Uint32Array(DIGITS);
  const high = new Uint32Array(DIGITS);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    low[key & (DIGITS - 1)]!++;
    middle[(key >>> BITS) & (DIGITS - 1)]!++;
    high[key >>> (2 * BITS)]!++;
  }
  scatter(keys, scratch, 0, startsOf(low));
  scatter(scratch, keys, BITS, startsOf(middle));
  scatter(keys, scratch, 2 * BITS, startsOf(high));
  return scratch;
}

function startsOf(counts: Uint32Array): Uint32Array {
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!;
    counts[digit] = start;
    start += count;
  }
  return counts;
}

function scatter(from: Uint32Array, to: Uint32Array, shift: number, next: Uint32Array): void {
  for (let i = 0; i < from.length; i++) {
    const key = from[i]!;
    to[next[(key >>> shift) & (DIGITS - 1)]!++] = key;
  }
}
