import { toRow, type Values } from '../values.ts';

/** How a map becomes one score: its highest pixel, the mean of all, or the mean of the `topK` highest. */
export type Pooling = 'max' | 'mean' | { readonly topK: number };

export type PoolingOptions = {
  /** @defaultValue 'max', as in the MVTec evaluation */
  pooling?: Pooling;
};

/**
 * The score of an image from those of its pixels. `{ topK: 1 }` is `'max'`; `topK` of all pixels is `'mean'`.
 *
 * `imageScore` of `@rddpm/maps` is the same maximum for detectors. It stands there again because this package imports nothing of the others.
 *
 * @param map A finite score for each pixel, in any shape.
 * @returns Between the lowest and the highest score, up to rounding.
 * @throws {RangeError} for another pooling, a `topK` that isn't a whole number from 1 to the number of pixels, scores that aren't
 * finite, an empty map.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function poolMap(map: Values, options: PoolingOptions = {}): number {
  const pooling = checkPooling('poolMap', options);
  const { data } = toRow('poolMap: map', map);
  if (data.length === 0) throw new RangeError('poolMap: map is empty; pass some scores');
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    const ErrorClass = typeof data[i] === 'number' ? RangeError : TypeError;
    throw new ErrorClass(`poolMap: map[${i}] is ${typeof data[i] === 'number' ? data[i] : typeof data[i]}; it must be a finite number`);
  }
  return pool('poolMap: map', data, pooling);
}

/** Of scores that are checked. `what` reads like `'imageMetrics: images[3].map'`. */
export function pool(what: string, scores: ArrayLike<number>, pooling: Pooling): number {
  if (pooling === 'max') {
    let highest = scores[0]!;
    for (let i = 1; i < scores.length; i++) if (scores[i]! > highest) highest = scores[i]!;
    return highest;
  }
  if (pooling === 'mean') return mean(scores);
  const { topK } = pooling;
  if (topK > scores.length) throw new RangeError(`${what} has ${scores.length} pixels, and topK is ${topK}; it may be as many at most`);
  return mean(topK === scores.length ? scores : highestOf(scores, topK));
}

export function checkPooling(caller: string, { pooling = 'max' }: PoolingOptions): Pooling {
  if (pooling === 'max' || pooling === 'mean') return pooling;
  if (typeof pooling !== 'object' || pooling === null || !('topK' in pooling)) {
    throw new RangeError(`${caller}: pooling is ${JSON.stringify(pooling)}; it must be 'max', 'mean' or { topK: n }`);
  }
  if (Number.isSafeInteger(pooling.topK) && pooling.topK >= 1) return pooling;
  throw new RangeError(`${caller}: topK is ${pooling.topK}; it must be a whole number, 1 or more`);
}

function mean(scores: ArrayLike<number>): number {
  const { length } = scores;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += scores[i]!;
  if (Number.isFinite(sum)) return sum / length;
  let shares = 0; // near the largest float64 the sum overflows, though the mean does not
  for (let i = 0; i < length; i++) shares += scores[i]! / length;
  return shares;
}

/**
 * The `count` highest, in no order, by Hoare's selection: each round keeps the side that the border between highest and rest lies in.
 *
 * @see Hoare (1961), Algorithm 65: FIND, https://doi.org/10.1145/366622.366647
 */
function highestOf(scores: ArrayLike<number>, count: number): Float32Array | Float64Array {
  const values = scores instanceof Float32Array ? scores.slice() : new Float64Array(scores);
  const border = values.length - count;
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = values[border]!;
    let low = first;
    let high = last;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!; // equal ones change places, too: a map of ties is cut in halves
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (high < border) first = low;
    if (low > border) last = high;
  }
  return values.subarray(border);
}
