import { type HostTensor, type ImageBatch, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import type { FeatureMaps } from './features.ts';

/**
 * `Features.extract` of a network that is shown one image at a time, so that each has the same features whatever is beside it, and memory holds the
 * network's own tensors for one image only.
 *
 * @param what Named in errors: 'onnxFeatures'.
 * @param images [n, h, w, 3]
 * @param extract Of [1, h, w, 3], maps [1, height, width, channels] from the finest to the coarsest, of the same shapes each time.
 * @throws {ShapeError} for other images.
 */
export async function imageByImage(
  what: string,
  images: ImageBatch,
  extract: (image: ImageBatch) => Promise<readonly HostTensor[]>,
): Promise<FeatureMaps> {
  const [n, h, w, c] = images.shape as [number, number, number, number];
  if (images.shape.length !== 4 || c !== 3 || n === 0) {
    throw new ShapeError(`${what}: images is [${images.shape}]; it must be [n, h, w, 3], grey images with their channel three times`);
  }
  const features: HostTensor[] = [];
  for (let i = 0; i < n; i++) {
    const maps = await extract(images.lo(i, 0, 0, 0).hi(1, h, w, 3));
    maps.forEach(({ shape, data }, k) => {
      features[k] ??= { shape: [n, ...shape.slice(1)], data: new Float32Array(n * data.length) };
      features[k].data.set(data, i * data.length);
    });
  }
  return features.map(({ shape, data }) => ndarray(data, [...shape]));
}
