import { assertImages, assertPositiveInteger, type HostTensor, type ImageBatch, resamplingTaps } from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';

/**
 * Resizes images as networks are shown them: bilinear, antialiased where it shrinks (as in Pillow, and in PyTorch's `interpolate` with `antialias=True`).
 *
 * @param images [n, h, w, c] in [0, 1]
 * @returns [n, size.height, size.width, c]
 * @throws {ShapeError} for other images; {ConfigError} for pixels outside [0, 1], or a size that is none.
 */
export function resizeForNetwork(images: ImageBatch, { width, height }: Size): HostTensor {
  assertPositiveInteger('resizeForNetwork: width', width);
  assertPositiveInteger('resizeForNetwork: height', height);
  assertImages('resizeForNetwork: images', images);
  const [n, h, w, c] = images.shape as [number, number, number, number];
  const columns = resamplingTaps(w, width);
  const rows = resamplingTaps(h, height);
  const data = new Float32Array(n * height * width * c);
  const narrowed = new Float64Array(h * width * c); // one image, resized along its rows
  let at = 0;
  for (let i = 0; i < n; i++) {
    let to = 0;
    for (let y = 0; y < h; y++)
      for (const { first, weights } of columns)
        for (let k = 0; k < c; k++) {
          let sum = 0;
          for (let j = 0; j < weights.length; j++) sum += weights[j]! * images.get(i, y, first + j, k);
          narrowed[to++] = sum;
        }
    for (const { first, weights } of rows)
      for (let x = 0; x < width * c; x++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * narrowed[(first + j) * width * c + x]!;
        data[at++] = sum;
      }
  }
  return { shape: [n, height, width, c], data };
}
