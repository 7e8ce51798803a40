import type { Raster } from '@rddpm/core/contracts';

/** 1 where a pixel of a mask of one channel isn't black. */
export function maskOf({ data }: Raster): Uint8Array {
  const marked = new Uint8Array(data.length);
  for (let k = 0; k < data.length; k++) marked[k] = data[k] === 0 ? 0 : 1;
  return marked;
}
