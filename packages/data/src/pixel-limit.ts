import { assertPositiveInteger, FormatError } from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';

export type PixelLimit = {
  /** Pictures of more pixels are refused by their header, before they are decoded. @defaultValue 2 ** 26, 67 million: 8192 x 8192 */
  readonly maxPixels?: number;
};

/** @throws {ConfigError} naming the option. */
export function maxPixelsOf(where: string, { maxPixels = 2 ** 26 }: PixelLimit): number {
  assertPositiveInteger(`${where}: maxPixels`, maxPixels);
  return maxPixels;
}

/** @throws {FormatError} if there are more pixels than that. */
export function assertPixels({ width, height }: Size, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new FormatError(
    `the picture has ${width}x${height} = ${width * height} pixels; at most ${maxPixels} are decoded, unless the source's maxPixels says otherwise`,
  );
}

/** @throws {FormatError} of no bytes. */
export function assertNotEmpty(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new FormatError('the file is empty: it has 0 bytes');
}
