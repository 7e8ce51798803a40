/** Robust principal component analysis that holds one image at a time: online robust PCA by stochastic optimisation. */
import type { Rng } from '@rddpm/core';
import type { FitEvent, TrainingSet } from '@rddpm/core/contracts';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { combined, gramOf, leadingDirections, type Rows } from './gram.ts';
import { shrunk } from './low-rank.ts';
import { readRows } from './subspace.ts';

export type OnlineOptions = {
  readonly rank: number;
  /** Of the sparse part and of the directions alike: λ₁ = λ₂. */
  readonly lambda: number;
  readonly epochs: number;
};

type OnlineRun = { readonly rng: Rng; readonly steps: number; readonly signal: AbortSignal | undefined };

/**
 * Directions that the images lie along but for what is sparse: of ‖z − L r − e‖²/2 + λ₁ ‖r‖²/2 + λ₂ ‖e‖₁, each image's r and e for the directions so far, then the
 * directions for all r and e so far (algorithms 1 and 2). Images come in random order. The first of them give the directions to begin with, by plain
 * PCA, and move them only once they all have been seen: the paper begins at random. From the second epoch on, what was found of images in the epoch before
 * fades as they are seen again; the paper sees each once.
 *
 * @returns [rank, h · w · c], not orthonormal; fewer rows if the first images have fewer directions.
 * @see Feng, Xu, Yan (2013), Online robust PCA via stochastic optimization
 */
export async function* learnOnline(
  training: TrainingSet,
  { rank, lambda, epochs }: OnlineOptions,
  { rng, steps, signal }: OnlineRun,
): AsyncGenerator<FitEvent, Rows | undefined> {
  const { count, shape } = training;
  const width = shape[0] * shape[1] * shape[2];
  let basis: Rows | undefined;
  let found: Sums | undefined;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const before = found;
    found = undefined;
    for await (const { rows, values, done } of readRows(training, shuffled(count, rng.fork(`epoch ${epoch}`)))) {
      const first = basis === undefined;
      basis ??= firstBasis({ count: rows.length, width, data: Float64Array.from(values) }, rank, count);
      found ??= nothing(basis.count, width);
      for (let i = 0; i < rows.length; i++) {
        const image = Float64Array.from(values.subarray(i * width, (i + 1) * width));
        const { weights, sparse } = coded(basis, image, lambda);
        add(found, weights, image, sparse);
        const left = 1 - (done - rows.length + i + 1) / count;
        if (!first) improve(basis, before ? joined(found, before, left) : found, lambda);
      }
      if (first) improve(basis, found, lambda);
      if (signal?.aborted) return undefined;
      yield { kind: 'progress', step: epoch * count + done, steps, measures: {} };
    }
  }
  return basis;
}

/** What the directions can't rebuild of each image, but for λ: [images][values of an image]. */
export function sparseParts(basis: Rows, values: Float32Array, lambda: number): Float64Array[] {
  const { width } = basis;
  return Array.from(
    { length: values.length / width },
    (_, i) => coded(basis, Float64Array.from(values.subarray(i * width, (i + 1) * width)), lambda).sparse,
  );
}

/** Leading directions of the first of so many images, as long as the square roots of singular values of all would be: L and R then weigh the same. */
function firstBasis(rows: Rows, rank: number, images: number): Rows {
  const { values, directions } = leadingDirections(rows, rank);
  const growth = Math.sqrt(images / rows.count);
  for (let at = 0; at < directions.data.length; at++) directions.data[at]! *= Math.sqrt(growth * values[Math.floor(at / rows.width)]!);
  return directions;
}

const MOST_ROUNDS = 500;
const TOLERANCE = 1e-6;

/** Algorithm 2: r = (L'L + λ₁ I)⁻¹ L'(z − e) and e = shrink(z − L r) in turn, until r moves by less than 1e-6 of its length. */
function coded(basis: Rows, image: Float64Array, lambda: number): { readonly weights: Float64Array; readonly sparse: Float64Array } {
  const { count, width, data } = basis;
  const gram = gramOf(basis);
  const solve = new CholeskyDecomposition(
    new Matrix(
      Array.from({ length: count }, (_, j) => Array.from({ length: count }, (_, k) => gram[j * count + k]! + (j === k ? lambda : 0))),
    ),
  );
  const sparse = new Float64Array(width);
  let weights = new Float64Array(count);
  const rebuilt = new Float64Array(width);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const right = new Float64Array(count);
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let at = 0; at < width; at++) sum += data[j * width + at]! * (image[at]! - sparse[at]!);
      right[j] = sum;
    }
    const next = Float64Array.from(solve.solve(Matrix.columnVector(right)).to1DArray());
    const moved = Math.hypot(...next.map((value, j) => value - weights[j]!));
    weights = next;
    combined({ count: 1, width: count, data: weights }, basis, rebuilt);
    for (let at = 0; at < width; at++) sparse[at] = shrunk(image[at]! - rebuilt[at]!, lambda);
    if (moved <= TOLERANCE * Math.hypot(...weights)) break;
  }
  return { weights, sparse };
}

/** Of images, A = Σ r r', [rank, rank], and B = Σ r (z − e)', [rank, h · w · c]. */
type Sums = { readonly products: Float64Array; readonly images: Float64Array };

const nothing = (rank: number, width: number): Sums => ({
  products: new Float64Array(rank * rank),
  images: new Float64Array(rank * width),
});

function add({ products, images }: Sums, weights: Float64Array, image: Float64Array, sparse: Float64Array): void {
  const [rank, width] = [weights.length, image.length];
  for (let j = 0; j < rank; j++) {
    for (let k = 0; k < rank; k++) products[j * rank + k]! += weights[j]! * weights[k]!;
    for (let at = 0; at < width; at++) images[j * width + at]! += weights[j]! * (image[at]! - sparse[at]!);
  }
}

/** `found`, and a share of `before`. */
const joined = (found: Sums, before: Sums, share: number): Sums => ({
  products: found.products.map((value, at) => value + share * before.products[at]!),
  images: found.images.map((value, at) => value + share * before.images[at]!),
});

/** Algorithm 3: one direction after the other, l_j += (b_j − L a_j) / a_jj of A + λ₁ I. */
function improve({ count, width, data }: Rows, { products, images }: Sums, lambda: number): void {
  for (let j = 0; j < count; j++) {
    const own = products[j * count + j]! + lambda;
    for (let at = 0; at < width; at++) {
      let gap = images[j * width + at]! - lambda * data[j * width + at]!;
      for (let k = 0; k < count; k++) gap -= products[j * count + k]! * data[k * width + at]!;
      data[j * width + at]! += gap / own;
    }
  }
}

function shuffled(count: number, rng: Rng): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
