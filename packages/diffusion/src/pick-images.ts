import type { ImageBatch } from '@rddpm/core';
import { rowMajor } from '@rddpm/maps';
import ndarray from 'ndarray';

/** The images of these rows, copied. */
export function pickImages(images: ImageBatch, rows: readonly number[]): ImageBatch {
  const [n, ...shape] = images.shape as [number, ...number[]];
  const values = rowMajor(images);
  const size = values.length / n;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    data.set(values.subarray(row * size, (row + 1) * size), i * size);
  });
  return ndarray(data, [rows.length, ...shape]);
}
