import { contentKey, type HostTensor, type ImageBatch } from '@rddpm/core';
import type { OpenFeatures } from './features.ts';
import { imageByImage } from './image-by-image.ts';

export type FeatureCacheOptions = {
  /** What maps may take in memory, in bytes. Once it is full, images that come for the first time are looked at whenever they come. @defaultValue 512 MiB */
  readonly bytes?: number | undefined;
};

/**
 * What keeps the maps of images that a network has seen: a fit and its scores look at the same training images, and methods that are compared at the
 * same of all. Features of one `id` share them, so a cache is for one backend. It is freed with the cache, not with the features.
 *
 * @returns Makes the features that it is given look once at each image, told by its pixels.
 */
export function featureCache({ bytes = 2 ** 29 }: FeatureCacheOptions = {}): (open: OpenFeatures) => OpenFeatures {
  const known = new Map<string, readonly HostTensor[]>();
  let free = bytes;
  return (open) => async (run) => {
    const features = await open(run);
    const extractOne = async (image: ImageBatch) => {
      const key = `${features.id} ${image.shape} ${contentKey(pixelsOf(image))}`;
      const before = known.get(key);
      if (before) return before;
      const maps = (await features.extract(image)).map(({ shape, data }) => ({ shape, data }));
      const size = maps.reduce((sum, { data }) => sum + data.byteLength, 0);
      if (size <= free) {
        known.set(key, maps);
        free -= size;
      }
      return maps;
    };
    return {
      id: features.id,
      extract: (images) => imageByImage('featureCache', images, extractOne),
      dispose: () => features.dispose(),
    };
  };
}

/** @param image [1, h, w, c], in any order of memory */
function pixelsOf(image: ImageBatch): Float32Array {
  const [, h, w, c] = image.shape as [number, number, number, number];
  const pixels = new Float32Array(h * w * c);
  let at = 0;
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) for (let k = 0; k < c; k++) pixels[at++] = image.get(0, y, x, k);
  return pixels;
}
