/** BMP, which sharp doesn't read, by libnsbmp. */
import { FormatError } from '@rddpm/core';
import type { Raster } from '@rddpm/core/contracts';
import { assertWholeBmp, inspectBmp } from '../bmp.ts';
import { rasterOfRgba } from '../rgba.ts';

export async function decodeBmp(bytes: Uint8Array, maxPixels: number): Promise<Raster> {
  assertWholeBmp(bytes, maxPixels);
  const { decode } = await import('@cwasm/nsbmp'); // it compiles its WebAssembly when it is imported
  const raster = rasterOfRgba(explained(() => decode(bytes)));
  // Where the palette lacks a pixel's colour, libnsbmp writes nothing.
  if (raster.channels % 2 === 0 && !inspectBmp(bytes).hasAlpha) {
    throw new FormatError('the picture is damaged: a pixel has a colour that its palette lacks');
  }
  return raster;
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new FormatError(`the picture is damaged, or a BMP of a kind that can't be read (${(cause as Error).message}); save it as PNG`, {
      cause,
    });
  }
}
