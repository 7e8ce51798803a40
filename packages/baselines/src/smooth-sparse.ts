/** An image as a smooth background, a sparse anomaly and noise: smooth-sparse decomposition. */
import { cutoffOf } from '@rddpm/maps';
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { bSplines } from './b-splines.ts';
import { shrunk } from './low-rank.ts';

export type SmoothSparseOptions = {
  /** Of the background, along each side; cubic. */
  readonly splines: number;
  /** Pixels from one spline of the anomaly to the next. */
  readonly spacing: number;
  /** Of the anomaly's splines. */
  readonly degree: number;
};

/** Both are [height, width]. */
export type SmoothSparse = { readonly background: Matrix; readonly anomaly: Matrix };

/** What belongs to one side of an image. */
type Side = {
  /** [side, splines], orthonormal: the background's splines, turned so that the smoother scales each by 1 / (1 + λ penalty). */
  readonly smooth: Matrix;
  readonly penalties: readonly number[];
  /** Of the anomaly: [side, splines]. */
  readonly sparse: Matrix;
  /** Products of the anomaly's splines with each other, and with `smooth`: [splines, splines], [smooth splines, splines]. */
  readonly products: Matrix;
  readonly overlap: Matrix;
};

const DEGREE = 3;
const LAMBDAS = Array.from({ length: 26 }, (_, i) => 10 ** (i / 5 - 2)); // 0.01 to 1000
const ITERATIONS = 20;
const TOLERANCE = 1e-6;
const EVERY = 3; // iterations from one threshold to the next

/**
 * Takes images of one size apart: the least ‖Y − B₁ θ B₂' − A₁ β A₂'‖² + λ roughness(θ) + γ ‖β‖₁ by accelerated proximal gradient, at most 20 times.
 *
 * λ is the one of 0.01 to 1000 that generalised cross-validation finds best for the whole image; the roughness is that of neighbouring coefficients'
 * differences, side by side, so that the smoother is one matrix for each side. γ follows the coefficients: every third time it is where Otsu's cut parts
 * their sizes, but keeps half of them at least.
 *
 * @throws {ConfigError} for more splines than pixels along a side.
 * @see Yan, Paynabar, Shi (2017), https://doi.org/10.1080/00401706.2015.1102764
 */
export function smoothSparse(what: string, height: number, width: number, options: SmoothSparseOptions): (image: Matrix) => SmoothSparse {
  const [down, across] = [sideOf(what, height, options), sideOf(what, width, options)];
  const lipschitz = 2 * (norm2(down.sparse) * norm2(across.sparse)) ** 2;
  return (image) => {
    const smooth = down.smooth.transpose().mmul(image).mmul(across.smooth); // Z₁' Y Z₂
    const sparse = down.sparse.transpose().mmul(image).mmul(across.sparse); // A₁' Y A₂
    const lambda = bestLambda(image, smooth, down.penalties, across.penalties);
    const shares = sharesOf(lambda, down.penalties, across.penalties);
    const smoothed = (beta: Matrix) => Matrix.sub(smooth, down.overlap.mmul(beta).mmul(across.overlap.transpose())).mul(shares); // of Y − A₁ β A₂', in terms of Z
    let beta = Matrix.zeros(sparse.rows, sparse.columns);
    let ahead = beta;
    let threshold = 0;
    let t = 1;
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      const gap = Matrix.sub(sparse, down.products.mmul(ahead).mmul(across.products)).sub(
        down.overlap.transpose().mmul(smoothed(ahead)).mmul(across.overlap),
      );
      const step = Matrix.add(ahead, gap.mul(2 / lipschitz));
      if (iteration % EVERY === 0) threshold = cutoffOf(Float64Array.from(step.to1DArray(), Math.abs), 'otsu');
      const next = shrunkMatrix(step, threshold);
      const nextT = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
      const move = Matrix.sub(next, beta);
      ahead = Matrix.add(next, Matrix.mul(move, (t - 1) / nextT));
      [beta, t] = [next, nextT];
      if (move.abs().max() <= TOLERANCE) break;
    }
    return {
      background: down.smooth.mmul(smoothed(beta)).mmul(across.smooth.transpose()),
      anomaly: down.sparse.mmul(beta).mmul(across.sparse.transpose()),
    };
  };
}

function sideOf(what: string, length: number, { splines, spacing, degree }: SmoothSparseOptions): Side {
  const { basis, penalties } = smoothBasis(bSplines(`${what}: splines`, length, splines, DEGREE));
  const sparse = bSplines(`${what}: spacing`, length, Math.max(1, Math.round(length / spacing)), degree);
  return {
    smooth: basis,
    penalties,
    sparse,
    products: sparse.transpose().mmul(sparse),
    overlap: basis.transpose().mmul(sparse),
  };
}

/**
 * Orthonormal splines whose roughness, the squared differences of neighbouring coefficients, is a sum over them: B (B'B + λ D'D)⁻¹ B' is
 * Z diag(1 / (1 + λ c)) Z'. No inverse: B = Q S V' by singular values, and the eigenvectors of S⁻¹ V' D'D V S⁻¹ turn Q.
 */
export function smoothBasis(splines: Matrix): { readonly basis: Matrix; readonly penalties: readonly number[] } {
  const { leftSingularVectors, rightSingularVectors, diagonal } = new SingularValueDecomposition(splines);
  const scaled = rightSingularVectors.clone();
  diagonal.forEach((value, k) => {
    scaled.mulColumn(k, 1 / value);
  });
  const differences = Matrix.sub(
    scaled.subMatrix(1, scaled.rows - 1, 0, scaled.columns - 1),
    scaled.subMatrix(0, scaled.rows - 2, 0, scaled.columns - 1),
  );
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(differences.transpose().mmul(differences), {
    assumeSymmetric: true,
  });
  return { basis: leftSingularVectors.mmul(eigenvectorMatrix), penalties: realEigenvalues.map((value) => Math.max(0, value)) };
}

function shrunkMatrix(matrix: Matrix, by: number): Matrix {
  const values = matrix.to1DArray().map((value) => shrunk(value, by));
  return Matrix.from1DArray(matrix.rows, matrix.columns, values);
}

/** What the smoother leaves of each coefficient. */
function sharesOf(lambda: number, down: readonly number[], across: readonly number[]): Matrix {
  const along = (penalties: readonly number[]) => penalties.map((penalty) => 1 / (1 + lambda * penalty));
  return Matrix.columnVector(along(down)).mmul(Matrix.rowVector(along(across)));
}

/** Where the mean squared residual, divided by the square of the share of degrees of freedom that are left, is least. */
function bestLambda(image: Matrix, smooth: Matrix, down: readonly number[], across: readonly number[]): number {
  const size = image.rows * image.columns;
  const squares = image.norm('frobenius') ** 2;
  let best = LAMBDAS[0]!;
  let least = Number.POSITIVE_INFINITY;
  for (const lambda of LAMBDAS) {
    const shares = sharesOf(lambda, down, across);
    let residual = squares;
    for (let i = 0; i < shares.rows; i++)
      for (let j = 0; j < shares.columns; j++) {
        const share = shares.get(i, j);
        residual -= smooth.get(i, j) ** 2 * share * (2 - share);
      }
    const score = residual / (1 - shares.sum() / size) ** 2;
    if (score < least) [best, least] = [lambda, score];
  }
  return best;
}

const norm2 = (matrix: Matrix) =>
  new SingularValueDecomposition(matrix, { computeLeftSingularVectors: false, computeRightSingularVectors: false }).norm2;
