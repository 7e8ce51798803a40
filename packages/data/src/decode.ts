import type { FileSource, PictureInfo, Raster, Size } from '@rddpm/core/contracts';
import { Semaphore } from 'async-mutex';

/** What is counted in: 65,536 pixels, since the semaphore takes a step for each. */
const UNIT = 2 ** 16;

/** Of pictures that are decoded at once, all together: 33 million pixels, 128 MiB in colour and with alpha. A larger picture is decoded alone. */
const MOST_UNITS = 512;

const room = new Semaphore(MOST_UNITS);

/** Decodes a picture and makes something smaller of it, once there is room for its pixels. */
export async function withRaster<T>(source: FileSource, bytes: Uint8Array, use: (raster: Raster, info: PictureInfo) => T): Promise<T> {
  const info = await source.inspect(bytes);
  return withRoom(info, async () => use(await source.decode(bytes), info));
}

/** Does the work once there is room for so many pixels. It mustn't ask for more room. @param size Undefined of a picture that may have any. */
export function withRoom<T>(size: Size | undefined, work: () => Promise<T>): Promise<T> {
  return room.runExclusive(work, size ? Math.min(MOST_UNITS, Math.ceil((size.width * size.height) / UNIT)) : MOST_UNITS);
}
