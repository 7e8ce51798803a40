/** Leading directions of many numbers in few rows, by way of the products of the rows: images are few, their pixels many. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** [count, width], row-major: `data` may be longer. */
export type Rows = { readonly count: number; readonly width: number; readonly data: Float64Array };

/** Singular values of rows, falling, and their left vectors: orthonormal, [rows.count, rows.count]. */
export function leftVectors(rows: Rows): { readonly values: Float64Array; readonly left: Rows } {
  const { count } = rows;
  const gram = gramOf(rows);
  const matrix = new Matrix(Array.from({ length: count }, (_, i) => gram.subarray(i * count, (i + 1) * count)));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const falling = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const data = new Float64Array(count * count);
  falling.forEach((column, k) => {
    for (let i = 0; i < count; i++) data[k * count + i] = eigenvectorMatrix.get(i, column);
  });
  const values = Float64Array.from(falling, (k) => Math.sqrt(Math.max(0, realEigenvalues[k]!))); // below 0 by rounding only
  return { values, left: { count, width: count, data } };
}

/** The `most` leading right vectors of rows, orthonormal; fewer if the rows' rank is lower. With their singular values. */
export function leadingDirections(rows: Rows, most: number): { readonly values: Float64Array; readonly directions: Rows } {
  const { values, left } = leftVectors(rows);
  // the Gram matrix squares the values: what is smaller than this can't be told from rounding
  const least = values[0]! * Math.sqrt(Math.max(rows.count, rows.width) * Number.EPSILON);
  const count = Math.min(most, values.filter((value) => value > least).length);
  const weights = left.data.slice(0, count * rows.count);
  for (let at = 0; at < weights.length; at++) weights[at]! /= values[Math.floor(at / rows.count)]!;
  return { values: values.slice(0, count), directions: combined({ count, width: rows.count, data: weights }, rows) };
}

const TILE = 2048; // numbers of a row: six of them fit in the first cache

/** [count, count]: the product of every two rows. Eight sums at a time, as memory is slower than arithmetic. */
export function gramOf({ count, width, data }: Rows): Float64Array {
  const gram = new Float64Array(count * count);
  const last = count - 1;
  for (let from = 0; from < width; from += TILE) {
    const to = Math.min(width, from + TILE);
    for (let i = 0; i < count; i += 2) {
      const [a, b] = [i * width, Math.min(i + 1, last) * width];
      for (let j = 0; j <= i + 1 && j < count; j += 4) {
        const [p, q, r, s] = [j, j + 1, j + 2, j + 3].map((row) => Math.min(row, last) * width) as [number, number, number, number];
        let ap = 0;
        let aq = 0;
        let ar = 0;
        let as = 0;
        let bp = 0;
        let bq = 0;
        let br = 0;
        let bs = 0;
        for (let k = from; k < to; k++) {
          const u = data[a + k]!;
          const v = data[b + k]!;
          const x = data[p + k]!;
          const y = data[q + k]!;
          const z = data[r + k]!;
          const w = data[s + k]!;
          ap += u * x;
          aq += u * y;
          ar += u * z;
          as += u * w;
          bp += v * x;
          bq += v * y;
          br += v * z;
          bs += v * w;
        }
        [ap, aq, ar, as].forEach((sum, column) => {
          if (j + column <= i) gram[i * count + j + column]! += sum;
        });
        [bp, bq, br, bs].forEach((sum, column) => {
          if (i < last && j + column <= i + 1) gram[(i + 1) * count + j + column]! += sum;
        });
      }
    }
  }
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) gram[j * count + i] = gram[i * count + j]!;
  return gram;
}

/** [weights.count, rows.width]: sums of rows with these weights, [any, rows.count]. */
export function combined(weights: Rows, rows: Rows, into: Float64Array = new Float64Array(weights.count * rows.width)): Rows {
  const { width, count, data } = rows;
  into.fill(0, 0, weights.count * width);
  for (let from = 0; from < width; from += TILE) {
    const to = Math.min(width, from + TILE);
    for (let k = 0; k < weights.count; k++) {
      const out = k * width;
      for (let i = 0; i < count; i += 4) {
        const [a, b, c, d] = [i, i + 1, i + 2, i + 3].map((row) => (row < count ? weights.data[k * count + row]! : 0)) as Four;
        const [p, q, r, s] = [i, i + 1, i + 2, i + 3].map((row) => Math.min(row, count - 1) * width) as Four;
        for (let j = from; j < to; j++) into[out + j]! += a * data[p + j]! + b * data[q + j]! + c * data[r + j]! + d * data[s + j]!;
      }
    }
  }
  return { count: weights.count, width, data: into };
}

type Four = [number, number, number, number];
