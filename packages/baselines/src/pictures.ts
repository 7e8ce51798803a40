import { type HostTensor, ShapeError } from '@rddpm/core';
import ndarray, { type NdArray } from 'ndarray';

/** The same picture `n` times. @param picture [h, w, c] @returns [n, h, w, c] */
export function repeated({ shape, data }: HostTensor, n: number): NdArray<Float32Array> {
  const all = new Float32Array(n * data.length);
  for (let i = 0; i < n; i++) all.set(data, i * data.length);
  return ndarray(all, [n, ...shape]);
}

/** @throws {ShapeError} unless images have the size that the model was fitted on, [h, w, c]. */
export function assertShown(method: string, { shape }: NdArray<Float32Array>, learnt: readonly number[]): void {
  if (shape.length === 4 && `${shape.slice(1)}` === `${learnt}`) return;
  throw new ShapeError(`${method}: it is shown [${shape}]; it must be [n, ${learnt.join(', ')}], as what it has learnt from`);
}
