import type { ImageBatch } from '@rddpm/core';
import ndarray from 'ndarray';

/** The images of these rows, copied. */
export function pickImages(images: ImageBatch, rows: readonly number[]): ImageBatch {
  const [, ...shape] = images.shape as [number, ...number[]];
  const size = shape.reduce((product, length) => product * length, 1);
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    data.set(images.data.subarray(row * size, (row + 1) * size), i * size);
  });
  return ndarray(data, [rows.length, ...shape]);
}
