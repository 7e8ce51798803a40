/** Patches of pixels, and what is left of them in the directions in which they vary most. */
import type { HostTensor } from '@rddpm/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { covarianceAt, type Moments } from './gaussians.ts';
import type { Features } from './positions.ts';

/** @property components [dims, patch, patch, c], orthonormal, the leading first. @property centre [patch, patch, c]: the mean patch. */
export type Projection = { readonly components: HostTensor; readonly centre: HostTensor };

/** A size of pictures, [h, w, c]. */
type Shape = readonly [h: number, w: number, c: number];

/** Reads the patch around a pixel, [patch, patch, c]; beyond an edge lies its mirror image, as in numpy's `reflect`. */
export function patchReader([h, w, c]: Shape, patch: number): (image: Float32Array, y: number, x: number, into: Float64Array) => void {
  const half = (patch - 1) / 2;
  const rows = mirrored(h, half).map((row) => row * w * c);
  const columns = mirrored(w, half).map((column) => column * c);
  return (image, y, x, into) => {
    let at = 0;
    for (let dy = 0; dy < patch; dy++) {
      const row = rows[y + dy]!;
      for (let dx = 0; dx < patch; dx++) {
        const pixel = row + columns[x + dx]!;
        for (let k = 0; k < c; k++) into[at++] = image[pixel + k]!;
      }
    }
  };
}

/** The place that is read at each index from `half` before 0 to `half` beyond the end: its mirror image where the index is outside. */
function mirrored(length: number, half: number): Int32Array {
  return Int32Array.from({ length: length + 2 * half }, (_, i) => {
    const at = Math.abs(i - half);
    return at < length ? at : 2 * (length - 1) - at;
  });
}

/** The leading principal components of patches. @param moments The moments of the patches, at one place. */
export function principalComponents(moments: Moments, dims: number, [patch, c]: readonly [patch: number, c: number]): Projection {
  const covariance = symmetricMatrix(covarianceAt(moments, 0), moments.dims);
  const { realEigenvalues: variances, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const leading = [...variances.keys()].toSorted((a, b) => variances[b]! - variances[a]!).slice(0, dims);
  const count = Math.max(1, moments.counts[0]!);
  return {
    components: {
      shape: [dims, patch, patch, c],
      data: Float32Array.from(leading.flatMap((column) => eigenvectorMatrix.getColumn(column))),
    },
    centre: { shape: [patch, patch, c], data: Float32Array.from(moments.sums, (sum) => sum / count) },
  };
}

/** A symmetric matrix. @param lower Its lower triangle, row by row. */
export function symmetricMatrix(lower: Float64Array, dims: number): Matrix {
  const matrix = new Matrix(dims, dims);
  let at = 0;
  for (let i = 0; i < dims; i++) {
    for (let j = 0; j <= i; j++, at++) {
      matrix.set(i, j, lower[at]!);
      matrix.set(j, i, lower[at]!);
    }
  }
  return matrix;
}

/** The coordinates of a pixel's patch, minus the mean patch, along the components. */
export function patchFeatures(shape: Shape, { components, centre }: Projection): Features {
  const [, w] = shape;
  const [dims, patch] = components.shape as [number, number];
  const readPatch = patchReader(shape, patch);
  const length = centre.data.length;
  const directions = Float64Array.from(components.data);
  const pixels = new Float64Array(length);
  return {
    dims,
    read(image, top, bottom, into) {
      let at = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = 0; x < w; x++) {
          readPatch(image, y, x, pixels);
          for (let i = 0; i < length; i++) pixels[i]! -= centre.data[i]!;
          for (let k = 0, direction = 0; k < dims; k++) {
            let sum = 0;
            for (let i = 0; i < length; i++) sum += directions[direction++]! * pixels[i]!;
            into[at++] = sum;
          }
        }
      }
    },
  };
}
