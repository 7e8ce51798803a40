import type { Raster } from '@rddpm/core/contracts';

/** 1 where a pixel of a mask of one channel isn't black. */
export function maskOf({ data }: Raster): Uint8Array {
  return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
}
