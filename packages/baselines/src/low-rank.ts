/** Rows as a matrix of low rank and a sparse one: robust principal component analysis, in memory. */
import { ConfigError } from '@rddpm/core';
import { combined, leftVectors, type Rows } from './gram.ts';

/** Both are shaped like the rows that were decomposed. */
export type Decomposition = { readonly lowRank: Rows; readonly sparse: Rows };

/** @property residual What is still to go, as the solver's tolerance counts it. @property rank Of the low-rank part. */
export type Iteration = { readonly residual: number; readonly rank: number };

const MOST_ITERATIONS = 1000;

export const EXACT_TOLERANCE = 1e-7;

/**
 * Principal component pursuit: the least ‖L‖_* + λ ‖S‖₁ with L + S = D, by inexact augmented Lagrangian multipliers (algorithm 5 of Lin et al.), to
 * ‖D − L − S‖ ≤ 1e-7 ‖D‖. `lambda` is `1/√(the larger side)` where nothing speaks for another. The multiplier's weight grows by half each time: where
 * the parts are clearly apart, that ends at the least, elsewhere near it.
 *
 * @param rows Not all 0.
 * @see Lin, Chen, Ma (2010), https://arxiv.org/abs/1009.5055
 */
export function* exactDecomposition(rows: Rows, lambda: number): Generator<Iteration, Decomposition> {
  const { count, width } = rows;
  const size = count * width;
  const d = rows.data;
  const largest = leftVectors(rows).values[0]!; // ‖D‖₂
  const norm = Math.sqrt(sumOf(d, size, (value) => value * value));
  const scale = Math.max(largest, maxOf(d, size) / lambda);
  const y = Float64Array.from({ length: size }, (_, at) => d[at]! / scale);
  let mu = 1.25 / largest;
  const muMost = 1e7 * mu;
  const s = new Float64Array(size);
  const x = Float64Array.from({ length: size }, (_, at) => d[at]! + y[at]! / mu);
  const places = new Float64Array(size);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const rank = shrinkValues({ count, width, data: x }, 1 / mu, places); // x becomes L
    const next = Math.min(1.5 * mu, muMost);
    let squares = 0;
    for (let at = 0; at < size; at++) {
      s[at] = shrunk(d[at]! - x[at]! + y[at]! / mu, lambda / mu);
      const left = d[at]! - x[at]! - s[at]!;
      squares += left * left;
      y[at]! += mu * left;
    }
    const residual = Math.sqrt(squares) / norm;
    yield { residual, rank };
    if (residual <= EXACT_TOLERANCE) return { lowRank: { count, width, data: x }, sparse: { count, width, data: s } };
    for (let at = 0; at < size; at++) x[at] = d[at]! - s[at]! + y[at]! / next;
    mu = next;
  }
  throw new ConfigError(
    `rpca: lambda is ${lambda}; the images fall into no two parts within ${MOST_ITERATIONS} iterations: try 1/sqrt(the larger side)`,
  );
}

export const STABLE_TOLERANCE = 1e-6;

/**
 * Stable principal component pursuit, for rows with noise of this deviation everywhere: the least ‖L‖_* + λ ‖S‖₁ + ‖D − L − S‖² / 2μ with
 * μ = √(2 · the larger side) · noise. S is the best one for each L, and L is found by accelerated proximal gradient, which begins anew where its momentum
 * leads astray, until L moves by 1e-6 ‖D‖ at most.
 *
 * @param rows Not all 0.
 * @see Zhou et al. (2010), https://arxiv.org/abs/1001.2363; O'Donoghue and Candès (2015), https://arxiv.org/abs/1204.3982
 */
export function* stableDecomposition(rows: Rows, lambda: number, noise: number): Generator<Iteration, Decomposition> {
  const { count, width } = rows;
  const size = count * width;
  const d = rows.data;
  const norm = Math.sqrt(sumOf(d, size, (value) => value * value));
  const mu = Math.sqrt(2 * Math.max(count, width)) * noise;
  const by = lambda * mu;
  const ahead = new Float64Array(size); // where L would be if it went on
  const before = new Float64Array(size);
  const l = new Float64Array(size);
  const places = new Float64Array(size);
  let t = 1;
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    for (let at = 0; at < size; at++) l[at] = d[at]! - shrunk(d[at]! - ahead[at]!, by);
    const rank = shrinkValues({ count, width, data: l }, mu, places);
    let squares = 0;
    let astray = 0;
    for (let at = 0; at < size; at++) {
      const move = l[at]! - before[at]!;
      squares += move * move;
      astray += (ahead[at]! - l[at]!) * move;
    }
    const residual = Math.sqrt(squares) / norm;
    yield { residual, rank };
    if (residual <= STABLE_TOLERANCE) {
      for (let at = 0; at < size; at++) ahead[at] = shrunk(d[at]! - l[at]!, by);
      return { lowRank: { count, width, data: l }, sparse: { count, width, data: ahead } };
    }
    const next = astray > 0 ? 1 : (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    const momentum = astray > 0 ? 0 : (t - 1) / next;
    for (let at = 0; at < size; at++) {
      ahead[at] = l[at]! + momentum * (l[at]! - before[at]!);
      before[at] = l[at]!;
    }
    t = next;
  }
  throw new ConfigError(
    `rpca: its parts still move after ${MOST_ITERATIONS} iterations; for solver 'stable', noise is ${noise} and lambda ${lambda}: one of them must be larger`,
  );
}

/** Takes `by` from all singular values of the rows, in place, where they are larger, and leaves out the others. @returns How many are left. */
function shrinkValues(rows: Rows, by: number, places: Float64Array): number {
  const { count } = rows;
  const { values, left } = leftVectors(rows);
  const rank = values.filter((value) => value > by).length;
  const along = combined({ count: rank, width: count, data: left.data }, rows, places);
  const back = new Float64Array(count * rank);
  for (let i = 0; i < count; i++) for (let k = 0; k < rank; k++) back[i * rank + k] = left.data[k * count + i]! * (1 - by / values[k]!);
  combined({ count, width: rank, data: back }, along, rows.data);
  return rank;
}

/** Nearer to 0 by this much, at most to 0. */
export const shrunk = (value: number, by: number): number => (value > by ? value - by : value < -by ? value + by : 0);

function sumOf(values: Float64Array, size: number, of: (value: number) => number): number {
  let sum = 0;
  for (let at = 0; at < size; at++) sum += of(values[at]!);
  return sum;
}

function maxOf(values: Float64Array, size: number): number {
  let most = 0;
  for (let at = 0; at < size; at++) most = Math.max(most, Math.abs(values[at]!));
  return most;
}
