import { ConfigError, type ImageBatch, ShapeError } from '@rddpm/core';

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
