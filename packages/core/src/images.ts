import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { ConfigError, ShapeError } from './errors.ts';

/** Images on the host: [n, h, w, c], row-major, pixels in [0, 1]. */
export type ImageBatch = NdArray<Float32Array>;

/** @throws {ShapeError} unless there are images [n, h, w, c]; {ConfigError} naming the first image with a pixel outside [0, 1]. */
export function assertImages(what: string, images: ImageBatch): void {
  if (images.shape.length !== 4 || images.size === 0) {
    throw new ShapeError(`${what} is [${images.shape}]; it must be [n, h, w, c] with at least one image`);
  }
  const [n, h, w, c] = images.shape as [number, number, number, number];
  for (let i = 0; i < n; i++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let k = 0; k < c; k++) {
          const pixel = images.get(i, y, x, k);
          if (pixel >= 0 && pixel <= 1) continue;
          throw new ConfigError(`${what}: image ${i} has a pixel of ${pixel} at row ${y}, column ${x}; pixels must be in [0, 1]`);
        }
}

/** Host images in [0, 1] to a network's tensor in [-1, 1]. The caller disposes it. */
export function toNetwork(images: ImageBatch): Tensor4D {
  const [n, h, w, c] = images.shape;
  if (images.shape.length !== 4 || n === undefined || h === undefined || w === undefined || c === undefined) {
    throw new ShapeError(`toNetwork: images is [${images.shape}]; it must be [n, h, w, c]`);
  }
  const values = new Float32Array(n * h * w * c);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) for (let k = 0; k < c; k++) values[at++] = 2 * images.get(i, y, x, k) - 1;
  return tensor4d(values, [n, h, w, c]);
}

/** A network's tensor in [-1, 1] to host images; what lies outside is clipped to [0, 1], where pixels live. The tensor stays. */
export async function fromNetwork(x: Tensor4D): Promise<ImageBatch> {
  const values = await x.data<'float32'>();
  return ndarray(
    Float32Array.from(values, (value) => Math.min(1, Math.max(0, (value + 1) / 2))),
    x.shape,
  );
}
