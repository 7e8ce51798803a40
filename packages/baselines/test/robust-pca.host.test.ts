/** Robust PCA's solvers against pyrpca, and against general solvers of the same problems. */
import { expectClose, fitMethod } from '@rddpm/conformance';
import { imageSet } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { leadingDirections, leftVectors, type Rows } from '../src/gram.ts';
import { rpca } from '../src/index.ts';
import { type Decomposition, exactDecomposition, stableDecomposition } from '../src/low-rank.ts';
import golden from './goldens/robust-pca.json' with { type: 'json' };

const [count, width] = golden.shape as [number, number];
const rowsOf = (values: readonly number[]): Rows => ({ count, width, data: Float64Array.from(values) });

function finished(solving: Generator<unknown, Decomposition>): Decomposition {
  while (true) {
    const { done, value } = solving.next();
    if (done) return value as Decomposition;
  }
}

test('ialm has both parts of pyrpca', () => {
  const { lowRank, sparse } = finished(exactDecomposition(rowsOf(golden.exact), golden.ialm.lambda));
  // multipliers begin elsewhere there, but the parts are clearly apart; both stop at a residual of 1e-7 of the matrix, whose norm is 10
  expectClose(lowRank.data, golden.ialm['low rank'], 1e-5);
  expectClose(sparse.data, golden.ialm.sparse, 1e-5);
});

test("stable has the least of cvxpy's interior-point solver, and both of its parts", () => {
  const { lambda, noise, value } = golden.stable;
  const rows = rowsOf(golden.noisy);
  const { lowRank, sparse } = finished(stableDecomposition(rows, lambda, noise));
  const mu = Math.sqrt(2 * Math.max(count, width)) * noise;
  const costs =
    leftVectors(lowRank).values.reduce((sum, singular) => sum + singular, 0) +
    sparse.data.reduce((sum, part) => sum + lambda * Math.abs(part), 0) +
    rows.data.reduce((sum, seen, at) => sum + (seen - lowRank.data[at]! - sparse.data[at]!) ** 2, 0) / (2 * mu);
  expect(costs).toBeLessThan(value * (1 + 1e-6)); // parts still move by 1e-6 of the matrix
  expectClose(lowRank.data, golden.stable['low rank'], 1e-4);
  expectClose(sparse.data, golden.stable.sparse, 1e-4);
});

test("online finds the directions of scipy's L-BFGS on all images at once", async () => {
  const { lambda, rank } = golden.online;
  const images = ndarray(Float32Array.from(golden.noisy), [count, 1, width, 1]);
  const { model } = await fitMethod(rpca, rpca.config.parse({ solver: 'online', lambda, directions: rank, epochs: 20 }), imageSet(images));
  const { directions } = leadingDirections(rowsOf(golden.online['low rank']), rank);
  const found = model!.directions.data;
  const cosines: Rows = {
    count: rank,
    width: rank,
    data: Float64Array.from({ length: rank * rank }, (_, at) => {
      const [i, j] = [Math.floor(at / rank), at % rank];
      return directions.data.subarray(i * width, (i + 1) * width).reduce((sum, value, k) => sum + value * found[j * width + k]!, 0);
    }),
  };
  const least = leftVectors(cosines).values[rank - 1]!; // the cosine of the largest principal angle
  // online, an image's weights are those of when it was last seen; directions of plain PCA are 0.22 off
  expect(Math.sqrt(1 - Math.min(1, least) ** 2)).toBeLessThan(1e-2);
});
