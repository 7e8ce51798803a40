import { ConfigError } from '@rddpm/core';
import { Matrix } from 'ml-matrix';

/**
 * B-splines over `length` pixels: knots are evenly spread from the first pixel to the last, and there often enough that the splines sum to 1 everywhere.
 *
 * @param what Begins messages.
 * @returns [length, count]: the value of each spline at each pixel.
 * @throws {ConfigError} unless there are more splines than the degree, and no more than pixels.
 * @see de Boor (1978), A practical guide to splines, chapter IX
 */
export function bSplines(what: string, length: number, count: number, degree: number): Matrix {
  if (!(count > degree && count <= length))
    throw new ConfigError(`${what}: ${count} splines of degree ${degree} over ${length} pixels; there must be ${degree + 1} to ${length}`);
  const last = length - 1;
  const pieces = count - degree;
  const knot = (i: number) => (last * Math.min(pieces, Math.max(0, i - degree))) / pieces;
  const basis = Matrix.zeros(length, count);
  for (let x = 0; x < length; x++) {
    const piece = Math.min(pieces - 1, Math.floor((x * pieces) / last)) + degree; // knot(piece) <= x <= knot(piece + 1)
    const values = [1]; // of the splines that are not 0 here, degree by degree
    for (let k = 1; k <= degree; k++) {
      let carried = 0;
      for (let i = 0; i < k; i++) {
        const [from, to] = [knot(piece + 1 + i - k), knot(piece + 1 + i)];
        const share = values[i]! / (to - from);
        values[i] = carried + share * (to - x);
        carried = share * (x - from);
      }
      values.push(carried);
    }
    values.forEach((value, i) => {
      basis.set(x, piece - degree + i, value);
    });
  }
  return basis;
}
