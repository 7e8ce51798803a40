import { createRng } from '@rddpm/core';
import { Matrix, solve } from 'ml-matrix';
import { expect, test } from 'vitest';
import { sparseParts } from '../src/online-rpca.ts';

test('of each image, no other weights and sparse part cost less', () => {
  const [rank, width, lambda] = [3, 40, 0.1];
  const rng = createRng('coded');
  const basis = { count: rank, width, data: Float64Array.from(rng.normal(new Float32Array(rank * width))) };
  const images = rng.normal(new Float32Array(2 * width));
  const directions = Matrix.from1DArray(rank, width, [...basis.data]);
  sparseParts(basis, images, lambda).forEach((sparse, i) => {
    const z = Matrix.columnVector([...images.subarray(i * width, (i + 1) * width)]);
    const cost = (weights: Matrix, part: Matrix) =>
      Matrix.sub(z, directions.transpose().mmul(weights)).sub(part).norm('frobenius') ** 2 / 2 +
      (lambda / 2) * weights.norm('frobenius') ** 2 +
      lambda * part.to1DArray().reduce((sum, value) => sum + Math.abs(value), 0);
    const found = Matrix.columnVector([...sparse]);
    const ridge = directions.mmul(directions.transpose()).add(Matrix.eye(rank).mul(lambda));
    const weights = solve(ridge, directions.mmul(Matrix.sub(z, found)));
    const least = cost(weights, found);
    for (let at = 0; at < rank + width; at++)
      for (const step of [-1e-2, 1e-2]) {
        const [otherWeights, other] = [weights.clone(), found.clone()];
        if (at < rank) otherWeights.set(at, 0, weights.get(at, 0) + step);
        else other.set(at - rank, 0, found.get(at - rank, 0) + step);
        expect(cost(otherWeights, other)).toBeGreaterThan(least - 1e-9);
      }
    expect(sparse.some((value) => value === 0)).toBe(true);
    expect(sparse.some((value) => value !== 0)).toBe(true);
  });
});
