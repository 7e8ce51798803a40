import { expectClose } from '@rddpm/conformance';
import { ConfigError, createRng } from '@rddpm/core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { bSplines } from '../src/b-splines.ts';
import { smoothBasis, smoothSparse } from '../src/smooth-sparse.ts';

// scipy 1.x: BSpline.design_matrix(arange(n), knots, degree) with numpy.linspace(0, n - 1, count - degree + 1) and both ends `degree` more times
const SCIPY = [
  [
    [7, 5, 3],
    [
      [1, 0, 0, 0, 0],
      [0.2962963, 0.5648148, 0.1296296, 0.0092593, 0],
      [0.037037, 0.5185185, 0.3703704, 0.0740741, 0],
      [0, 0.25, 0.5, 0.25, 0],
      [0, 0.0740741, 0.3703704, 0.5185185, 0.037037],
      [0, 0.0092593, 0.1296296, 0.5648148, 0.2962963],
      [0, 0, 0, 0, 1],
    ],
  ],
  [
    [6, 4, 2],
    [
      [1, 0, 0, 0],
      [0.36, 0.56, 0.08, 0],
      [0.04, 0.64, 0.32, 0],
      [0, 0.32, 0.64, 0.04],
      [0, 0.08, 0.56, 0.36],
      [0, 0, 0, 1],
    ],
  ],
] as const;

test.each(SCIPY)('B-splines %o are those of scipy', ([length, count, degree], expected) => {
  expectClose(bSplines('test', length, count, degree).to1DArray(), expected.flat(), 1e-7);
});

test('as many splines of degree 1 as pixels are the pixels, and all splines sum to 1 everywhere', () => {
  expect(bSplines('test', 5, 5, 1).to2DArray()).toEqual(Matrix.eye(5).to2DArray());
  expectClose(bSplines('test', 64, 17, 2).sum('row'), new Float64Array(64).fill(1), 1e-14);
});

test.each([
  [5, 6, 3],
  [5, 3, 3],
  [1, 1, 1],
])('over %i pixels there are no %i splines of degree %i', (length, count, degree) => {
  expect(() => bSplines('ssd: splines', length, count, degree)).toThrow(ConfigError);
  expect(() => bSplines('ssd: splines', length, count, degree)).toThrow(
    `ssd: splines: ${count} splines of degree ${degree} over ${length} pixels; there must be ${degree + 1} to ${length}`,
  );
});

test.each([0, 0.3, 40])('the turned basis smooths as ridge regression on differences does, for λ = %d', (lambda) => {
  const splines = bSplines('test', 20, 6, 3);
  const { basis, penalties } = smoothBasis(splines);
  const smoother = basis.mmul(Matrix.diag(penalties.map((penalty) => 1 / (1 + lambda * penalty)))).mmul(basis.transpose());
  const differences = Matrix.sub(Matrix.eye(6).subMatrix(1, 5, 0, 5), Matrix.eye(6).subMatrix(0, 4, 0, 5));
  const normal = Matrix.add(splines.transpose().mmul(splines), differences.transpose().mmul(differences).mul(lambda));
  const ridge = splines.mmul(new CholeskyDecomposition(normal).solve(splines.transpose()));
  expectClose(smoother.to1DArray(), ridge.to1DArray(), 1e-12);
  if (lambda === 0) expectClose(smoother.mmul(smoother).to1DArray(), smoother.to1DArray(), 1e-12);
});

test('blocks on a smooth background with noise are found: they are where the anomaly is, and the background is what it was', () => {
  const rng = createRng('blocks');
  const grain = rng.normal(new Float32Array(40 * 48));
  const [smooth, shown] = [Matrix.zeros(40, 48), Matrix.zeros(40, 48)];
  const blocks = new Set<number>();
  for (let y = 0; y < 40; y++)
    for (let x = 0; x < 48; x++) {
      const inBlock = (y >= 8 && y < 16 && x >= 10 && x < 18) || (y >= 25 && y < 33 && x >= 30 && x < 38);
      if (inBlock) blocks.add(y * 48 + x);
      smooth.set(y, x, 0.4 + 0.2 * Math.sin(y / 20) * Math.cos(x / 25));
      shown.set(y, x, smooth.get(y, x) + (inBlock ? 0.5 : 0) + 0.01 * grain[y * 48 + x]!);
    }
  const { background, anomaly } = smoothSparse('test', 40, 48, { splines: 6, spacing: 1, degree: 1 })(shown);
  const found = anomaly.to1DArray().flatMap((value, at) => (Math.abs(value) > 0 ? [at] : []));
  const both = found.filter((at) => blocks.has(at)).length;
  expect(both / (found.length + blocks.size - both)).toBeGreaterThan(0.9);
  expect(Matrix.sub(background, smooth).abs().max()).toBeLessThan(0.1);
});

test('what is smooth is all background', () => {
  const flat = Matrix.ones(20, 30).mul(0.3);
  const { background, anomaly } = smoothSparse('test', 20, 30, { splines: 6, spacing: 4, degree: 2 })(flat);
  expectClose(background.to1DArray(), flat.to1DArray(), 1e-9);
  expectClose(anomaly.to1DArray(), new Float64Array(600), 1e-9);
});
