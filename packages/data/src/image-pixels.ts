/** From a file's bytes to pixels in [0, 1]: the same for images that are loaded and those of a set. */
import { assertPositiveInteger, ConfigError, FormatError } from '@rddpm/core';
import type { FileSource, Raster, Size } from '@rddpm/core/contracts';

/** @throws {ConfigError} unless it is a size, or the side of a square. */
export function sizeOf(what: string, size: number | Size): Size {
  if (typeof size === 'number') {
    assertPositiveInteger(what, size);
    return { width: size, height: size };
  }
  assertPositiveInteger(`${what}.width`, size.width);
  assertPositiveInteger(`${what}.height`, size.height);
  return size;
}

export function assertChannels(what: string, channels: number): void {
  if (channels !== 1 && channels !== 3) throw new ConfigError(`${what} is ${channels}; it must be 1 or 3`);
}

export async function decodeImage(source: FileSource, bytes: Uint8Array, size: Size, channels: 1 | 3): Promise<Raster> {
  const raster = await source.decode(bytes, { channels, size, kernel: 'smooth' });
  assertInRange(raster);
  return raster;
}

/** @throws {FormatError} if a float isn't in [0, 1]. The message continues the path. */
export function assertInRange({ data, width, channels }: Raster): void {
  if (!(data instanceof Float32Array)) return;
  const odd = data.findIndex((value) => !(value >= 0 && value <= 1));
  if (odd < 0) return;
  const pixel = Math.floor(odd / channels);
  throw new FormatError(
    `is ${data[odd]} at x = ${pixel % width}, y = ${Math.floor(pixel / width)}; floats must lie between 0 (black) and 1 (white)`,
  );
}

/** The values of the pixels in [0, 1], by the white of their type. */
export function writePixels(data: Raster['data'], into: Float32Array, at: number): void {
  const white = data instanceof Float32Array ? 1 : data instanceof Uint16Array ? 65535 : 255;
  for (let k = 0; k < data.length; k++) into[at + k] = data[k]! / white;
}

/** Runs `work`; what it throws becomes a FormatError that begins with `what`. */
export async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FormatError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
