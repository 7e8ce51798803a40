/**
 * Order statistics without sorting: TopK over a batch's pixels is slow on WebGPU and in ONNX Runtime, comparing and counting is fast
 * everywhere.
 *
 * Nothing here carries a gradient; call it inside `detached`.
 */
import {
  abs,
  add,
  any,
  cast,
  equal,
  isNaN as isNaNOf,
  less,
  lessEqual,
  logicalNot,
  max,
  min,
  minimum,
  mul,
  neg,
  pow,
  reshape,
  type Scalar,
  scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  where,
} from '@tensorflow/tfjs-core';
import { ranks } from './ranks.ts';

const LARGEST = 3.4028234663852886e38;

/** From below the smallest float32, 2^-149, to above the largest. */
const EXPONENTS = [-150, 128] as const;

/** Halve the 278 powers of two until 0.54 of one is left, which holds at most 2^23 numbers. */
const EXPONENT_ROUNDS = 9;
const MANTISSA_ROUNDS = 23;

/** For up to so many values, five operations on n² numbers are faster than two hundred on n. */
const FEW = 256;

/**
 * The k-th smallest of values that are not negative, exactly. Up to 256 values are compared all with all. More are searched by bisection, first
 * for the power of two, then between it and the next: together that searches all float32 numbers. Every round counts how many values are at
 * most the middle; counts are exact up to 2^24 values. NaN if one of the values is.
 *
 * @param k From 1 to the number of values.
 */
export function kthSmallest(values: Tensor, k: number | Scalar): Scalar {
  return unlessNaN(values, values.size > FEW ? kthByBisection(values, k) : kthByRank(reshape(values, [values.size]), k));
}

function kthByRank(values: Tensor1D, k: number | Scalar): Scalar {
  return sum(where(equal(ranks(values), sub(k, 1)), values, 0));
}

function kthByBisection(values: Tensor, k: number | Scalar): Scalar {
  const reachedBy = (threshold: Tensor): Tensor => lessEqual(k, count(lessEqual(values, threshold)));
  let low: Tensor = scalar(EXPONENTS[0]);
  let high: Tensor = scalar(EXPONENTS[1]);
  [low, high] = bisected(low, high, EXPONENT_ROUNDS, (exponent) => reachedBy(pow(2, exponent)));
  [low, high] = bisected(pow(2, low), minimum(pow(2, high), LARGEST), MANTISSA_ROUNDS, reachedBy);
  const smallest: Scalar = max(where(lessEqual(values, high), values, 0));
  return where(reachedBy(scalar(LARGEST)), smallest, Number.POSITIVE_INFINITY);
}

/**
 * The q-quantile of values of any sign, linear between the two nearest as in NumPy: at q · (n - 1) of the n sorted values, counted
 * from 0. NaN if one of the values is.
 *
 * @param q In [0, 1].
 */
export function quantile(values: Tensor, q: number): Scalar {
  const position = q * (values.size - 1);
  const below = Math.floor(position);
  const negative = less(values, 0);
  const negatives = count(negative);
  const isNegative = less(below, negatives); // then the value sought is the negative one with the (negatives - below)-th smallest magnitude
  const magnitudes = where(sameAs(negative, isNegative), abs(values), Number.POSITIVE_INFINITY);
  const magnitude = kthSmallest(magnitudes, where(isNegative, sub(negatives, below), sub(below + 1, negatives)) as Scalar);
  const lower: Scalar = where(isNegative, neg(magnitude), magnitude);
  if (position === below) return unlessNaN(values, lower);
  const tied = less(below + 1, count(lessEqual(values, lower)));
  const upper = where(tied, lower, min(where(lessEqual(values, lower), Number.POSITIVE_INFINITY, values)));
  return unlessNaN(values, add(mul(lower, 1 - (position - below)), mul(upper, position - below)));
}

/** Halves the space between `low`, where `reached` is false, and `high`, where it is true. */
function bisected(low: Tensor, high: Tensor, rounds: number, reached: (middle: Tensor) => Tensor): [low: Tensor, high: Tensor] {
  for (let round = 0; round < rounds; round++) {
    const middle = add(low, mul(sub(high, low), 0.5));
    const enough = reached(middle);
    [low, high] = [where(enough, low, middle), where(enough, middle, high)];
  }
  return [low, high];
}

const unlessNaN = (values: Tensor, result: Scalar): Scalar => where(any(isNaNOf(values)), Number.NaN, result);
const sameAs = (a: Tensor, b: Tensor): Tensor => where(b, a, logicalNot(a));
const count = (condition: Tensor): Scalar => sum(cast(condition, 'float32'));
