import type { FileSource, Raster } from '@rddpm/core/contracts';
import { Semaphore } from 'async-mutex';

/** What is counted in: 65,536 pixels, since the semaphore takes a step for each. */
const UNIT = 2 ** 16;

/** Of pictures that are decoded at once, all together: 33 million pixels, 128 MiB in colour and with alpha. A larger picture is decoded alone. */
const MOST_UNITS = 512;

const room = new Semaphore(MOST_UNITS);

/** Decodes a picture and makes something smaller of it, once there is room for its pixels. */
export async function withRaster<T>(source: FileSource, bytes: Uint8Array, use: (raster: Raster) => T): Promise<T> {
  const { width, height } = await source.inspect(bytes);
  return room.runExclusive(async () => use(await source.decode(bytes)), Math.min(MOST_UNITS, Math.ceil((width * height) / UNIT)));
}
