/** TIFFs of numbers that sharp rounds, cuts off at 0 or refuses: floats of 16, 32 and 64 bits, integers with a sign, integers of 32 bits. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import type { GeoTIFFImage } from 'geotiff';
import { exchangesSides, turned } from '../orientation.ts';
import { assertPixels } from '../pixel-limit.ts';

/** Undefined for all other pictures. */
export type NumbersTiff = { readonly info: PictureInfo; decode(maxPixels: number): Promise<Raster> };

export async function numbersTiff(bytes: Uint8Array): Promise<NumbersTiff | undefined> {
  if (!isTiff(bytes)) return undefined;
  const { fromArrayBuffer } = await import('geotiff'); // few need it
  const { file, image } = await explained("the picture's header can't be read", async () => {
    const file = await fromArrayBuffer(new Uint8Array(bytes).buffer);
    return { file, image: await file.getImage() };
  });
  const type = typeOf(image);
  if (type === undefined) return undefined;
  const orientation = (await image.fileDirectory.loadValue('Orientation')) ?? 1;
  const stored = { width: image.getWidth(), height: image.getHeight() };
  const channels = image.getSamplesPerPixel();
  return {
    info: {
      width: exchangesSides(orientation) ? stored.height : stored.width,
      height: exchangesSides(orientation) ? stored.width : stored.height,
      format: 'tiff',
      type,
      channels,
      hasAlpha: channels === 2 || channels === 4,
      orientation,
      pages: await file.getImageCount(),
    },
    async decode(maxPixels) {
      assertPixels(stored, maxPixels);
      if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) throw tooManyChannels(channels);
      const numbers = await explained('the picture is damaged or cut short', () => image.readRasters({ interleave: true }));
      return turned({ ...stored, channels, data: Float32Array.from(numbers as ArrayLike<number>) }, orientation);
    },
  };
}

export function tooManyChannels(channels: number): FormatError {
  return new FormatError(`the picture has ${channels} channels; pictures are grey or RGB, with or without alpha`);
}

function isTiff([a, b, c, d]: Uint8Array): boolean {
  const [little, big] = [a === 0x49 && b === 0x49, a === 0x4d && b === 0x4d]; // 'II', 'MM'
  return (little && d === 0 && (c === 42 || c === 43)) || (big && c === 0 && (d === 42 || d === 43));
}

/** Undefined of integers without a sign of up to 16 bits, which sharp reads as they are. */
function typeOf(image: GeoTIFFImage): string | undefined {
  const bits = image.getBitsPerSample();
  const format = image.getSampleFormat();
  if (format === 3) return `float${bits}`;
  if (format === 2) return `int${bits}`;
  return bits > 16 ? `uint${bits}` : undefined;
}

async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FormatError(`${what} (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}
