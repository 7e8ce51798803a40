import { expectClose } from '@rddpm/conformance';
import { ConfigError, createRng } from '@rddpm/core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { bSplines } from '../src/b-splines.ts';
import { smoothBasis, smoothSparse } from '../src/smooth-sparse.ts';

// scipy 1.17.1: BSpline.design_matrix(arange(n), knots, degree) with numpy.linspace(0, n - 1, count - degree + 1) and both ends `degree` more times
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

// numpy 2.4.6, scipy 1.17.1: the same steps with whole smoothing matrices, B (B'B + λ D'D)⁻¹ B', by numpy.linalg.solve, where ours turns the splines
const GOLDEN = {
  background: [
    [0.303638, 0.319449, 0.328705, 0.335139, 0.342483, 0.35447, 0.374835, 0.407309, 0.455627],
    [0.305551, 0.328872, 0.376753, 0.436119, 0.493896, 0.537012, 0.552391, 0.526961, 0.447647],
    [0.32968, 0.358425, 0.4261, 0.511637, 0.593966, 0.652021, 0.664731, 0.611029, 0.469845],
    [0.376139, 0.408007, 0.480253, 0.570699, 0.657163, 0.717468, 0.729432, 0.670877, 0.519624],
    [0.445038, 0.477518, 0.54272, 0.622312, 0.697957, 0.751323, 0.764073, 0.717873, 0.594388],
    [0.536491, 0.566857, 0.617008, 0.675483, 0.73082, 0.771556, 0.78623, 0.76338, 0.691543],
    [0.65061, 0.675923, 0.706623, 0.739219, 0.770221, 0.796139, 0.813483, 0.818764, 0.808492],
    [0.787507, 0.804617, 0.815072, 0.822526, 0.830631, 0.843041, 0.86341, 0.895391, 0.942638],
  ].flat(),
  anomaly: [
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, -0.016498, -0.00965, 0.018119, 0.035302, 0.032204, 0.014999, 0.00375, 0],
    [0, -0.023997, -0.014037, 0.026354, 0.051348, 0.046842, 0.021816, 0.005454, 0],
    [0, -0.022497, -0.01316, 0.024707, 0.048138, 0.043914, 0.020453, 0.005113, 0],
    [0, -0.013498, -0.007896, 0.014824, 0.028883, 0.026349, 0.012272, 0.003068, 0],
    [0, -0.005999, -0.003509, 0.006589, 0.012837, 0.01171, 0.005454, 0.001364, 0],
    [0, -0.0015, -0.000877, 0.001647, 0.003209, 0.002928, 0.001364, 0.000341, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ].flat(),
};

test('takes an image apart as numpy does', () => {
  const image = Matrix.zeros(8, 9);
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 9; x++) {
      const block = x >= 4 && x < 7 && y >= 2 && y < 5 ? 0.4 : 0;
      image.set(y, x, Math.fround(0.3 + 0.02 * x + 0.01 * y * y + block + 0.02 * Math.sin(3 * x + 5 * y * y)));
    }
  const { background, anomaly } = smoothSparse('test', 8, 9, { splines: 4, spacing: 2, degree: 2 })(image);
  expectClose(background.to1DArray(), GOLDEN.background, 1e-6);
  expectClose(anomaly.to1DArray(), GOLDEN.anomaly, 1e-6);
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
