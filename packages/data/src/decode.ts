import type { FileSource, Raster } from '@rddpm/core/contracts';
import { Semaphore } from 'async-mutex';

/** Pixels of pictures that are decoded at once, all together: 128 MiB in colour and with alpha. A larger picture is decoded alone. */
const MOST_PIXELS = 2 ** 25;

const pixels = new Semaphore(MOST_PIXELS);

/** Decodes a picture and makes something smaller of it, once there is room for its pixels. */
export async function withRaster<T>(source: FileSource, bytes: Uint8Array, use: (raster: Raster) => T): Promise<T> {
  const { width, height } = await source.inspect(bytes);
  return pixels.runExclusive(async () => use(await source.decode(bytes)), Math.min(MOST_PIXELS, width * height));
}
