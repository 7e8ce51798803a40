import type { Raster } from '@rddpm/core/contracts';

/** 1 where the picture isn't black. */
export function maskOf({ width, height, channels, data }: Raster): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) mask[Math.floor(i / channels)] = 1;
  return mask;
}
