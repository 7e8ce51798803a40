import { expectClose } from '@rddpm/conformance';
import { createRng } from '@rddpm/core';
import { expect, test } from 'vitest';
import { leadingDirections, leftVectors, type Rows } from '../src/gram.ts';
import { exactDecomposition, stableDecomposition } from '../src/low-rank.ts';

function finished<T>(solving: Generator<unknown, T>): T {
  while (true) {
    const { done, value } = solving.next();
    if (done) return value as T;
  }
}

const norm = (values: Float64Array) => Math.hypot(...values);
const distance = (a: Float64Array, b: Float64Array) => norm(a.map((value, at) => value - b[at]!));

/** Of rank 2, with 5 in 100 values moved far. */
function planted(
  count: number,
  width: number,
  noise: number,
): { readonly rows: Rows; readonly lowRank: Float64Array; readonly sparse: Float64Array } {
  const rng = createRng('planted');
  const normal = (n: number) => rng.normal(new Float32Array(n));
  const [left, right, grain] = [normal(2 * count), normal(2 * width), normal(count * width)];
  const lowRank = Float64Array.from(grain, (_, at) => {
    const [i, j] = [Math.floor(at / width), at % width];
    return left[2 * i]! * right[2 * j]! + left[2 * i + 1]! * right[2 * j + 1]!;
  });
  const sparse = lowRank.map(() => (rng.uniform() < 0.05 ? 10 * rng.uniform() - 5 : 0));
  const data = lowRank.map((value, at) => value + sparse[at]! + noise * grain[at]!);
  return { rows: { count, width, data }, lowRank, sparse };
}

test('what was added to a matrix of low rank in a few places is found, to 1e-6', () => {
  const { rows, lowRank, sparse } = planted(40, 60, 0);
  const found = finished(exactDecomposition(rows, 1 / Math.sqrt(60)));
  // the residual is 1e-7 of D's norm
  expect(distance(found.lowRank.data, lowRank)).toBeLessThan(1e-6 * norm(lowRank));
  expect(distance(found.sparse.data, sparse)).toBeLessThan(1e-6 * norm(sparse));
  expect(leadingDirections(found.lowRank, 40).values.filter((value) => value > 1e-4)).toHaveLength(2);
});

// numpy 2.4.6: the same algorithm with numpy.linalg.svd, to 1e-7; L is the rest
const SPARSE = [
  [0.08234, 0, 3e-6, -0.00099, 0, 0, 0.001569, 0.000291, 0.000349, 0.00256, 9e-6, 0.096805],
  [0.010023, 0.005262, 0.00164, 0.096759, -0.001162, 0.000134, 0, 0.00235, 0.002586, -1.1e-5, 0.001109, -0.000161],
  [0.031732, 0.015596, 0.008871, 0.000114, 0.000328, 0, 0.097071, -1.9e-5, -2.6e-5, -0.004409, 0, 0.001682],
  [0.025641, 0.013702, 0.007803, 0, 0.00029, 0, -0.002387, 0, 0, 0.09643, -9e-6, 0.001067],
  [0, 0.106211, 0.003812, 0, 0.000499, 0.000133, 0, 0, 0, 6.7e-5, -1e-6, -0.001325],
  [-0.032368, -0.003356, -2.4e-5, 0.003207, 0.106366, 0.008371, 0.012988, 0.011343, 0.011698, 0.015567, 0.009549, 0.003071],
].flat();

test('finds what numpy finds', () => {
  const data = Float64Array.from({ length: 72 }, (_, at) => {
    const [i, j] = [Math.floor(at / 12), at % 12];
    return Math.fround(0.5 + 0.2 * Math.sin(0.7 * i) * Math.cos(0.4 * j) + ((7 * i + 5 * j) % 11 === 0 ? 0.1 : 0));
  });
  const { lowRank, sparse } = finished(exactDecomposition({ count: 6, width: 12, data }, 1 / Math.sqrt(12)));
  expectClose(sparse.data, SPARSE, 2e-6);
  expectClose(
    lowRank.data,
    SPARSE.map((value, at) => data[at]! - value),
    2e-6,
  );
});

test('up to noise, both parts are where no other pair is better: the residual is a subgradient of both norms', () => {
  const noise = 0.02;
  const { rows, lowRank } = planted(40, 60, noise);
  const [lambda, mu] = [1 / Math.sqrt(60), Math.sqrt(120) * noise];
  const found = finished(stableDecomposition(rows, lambda, noise));
  const left = rows.data.map((value, at) => value - found.lowRank.data[at]! - found.sparse.data[at]!);
  const slack = 1e-4 * mu; // parts still move by 1e-6 of D's norm, which is 75
  expect(Math.max(...left.map(Math.abs))).toBeLessThan(lambda * mu + slack);
  found.sparse.data.forEach((value, at) => {
    if (value !== 0) expect(left[at]).toBeCloseTo(Math.sign(value) * lambda * mu, 3);
  });
  expect(leftVectors({ ...rows, data: left }).values[0]).toBeLessThan(mu + slack);
  const values = leftVectors(found.lowRank).values;
  const product = left.reduce((sum, value, at) => sum + value * found.lowRank.data[at]!, 0);
  expect(product / (mu * values.reduce((sum, value) => sum + value, 0))).toBeCloseTo(1, 3);
  expect(values.filter((value) => value > 1)).toHaveLength(2);
  expect(distance(found.lowRank.data, lowRank)).toBeLessThan(0.1 * norm(lowRank));
});
