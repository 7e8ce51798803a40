/** TIFFs of numbers that sharp rounds, cuts off at 0 or refuses: floats of 16, 32 and 64 bits, integers with a sign, of 32 bits, and of 9 to 15 that are packed. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import type { GeoTIFFImage } from 'geotiff';
import { exchangesSides, turned } from '../orientation.ts';
import { assertPixels } from '../pixel-limit.ts';

/** Undefined for all other pictures. */
export type NumbersTiff = { readonly info: PictureInfo; decode(maxPixels: number): Promise<Raster> };

/** @throws {FormatError} of one that sharp would read wrongly, and for which nothing better is there. */
export async function numbersTiff(bytes: Uint8Array): Promise<NumbersTiff | undefined> {
  if (!isTiff(bytes)) return undefined;
  const { fromArrayBuffer } = await import('geotiff'); // few need it
  const { file, image } = await explained("the picture's header can't be read", async () => {
    const file = await fromArrayBuffer(new Uint8Array(bytes).buffer);
    return { file, image: await file.getImage() };
  });
  if (isBareYcbcr(image)) throw new FormatError('it is a TIFF of YCbCr colours that are not a JPEG; save it as RGB');
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
      const isPacked = isPackedType(image);
      if (isPacked && channels > 1 && image.planarConfiguration === 1)
        throw new FormatError(`it is a TIFF of ${channels} channels of ${image.getBitsPerSample()} packed bits; save it with 16 bits`);
      const numbers = await explained('the picture is damaged or cut short', () => image.readRasters({ interleave: true }));
      const data = isPacked ? unpacked(image, numbers as Uint16Array) : Float32Array.from(numbers as ArrayLike<number>);
      return turned({ ...stored, channels, data }, orientation);
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

const PHOTOMETRIC_YCBCR = 6;
/** libjpeg makes RGB of these. */
const JPEG_COMPRESSIONS: readonly unknown[] = [6, 7];

/** libtiff gives their numbers as they are, for RGB. */
function isBareYcbcr({ fileDirectory }: GeoTIFFImage): boolean {
  const isYcbcr = fileDirectory.getValue('PhotometricInterpretation') === PHOTOMETRIC_YCBCR;
  return isYcbcr && !JPEG_COMPRESSIONS.includes(fileDirectory.getValue('Compression'));
}

/** Integers without a sign that fill no whole bytes. */
function isPackedType(image: GeoTIFFImage): boolean {
  const bits = image.getBitsPerSample();
  return image.getSampleFormat() === 1 && bits > 8 && bits < 16;
}

/** geotiff unpacks in this machine's order of bytes, and then reads them in the file's. */
function unpacked({ littleEndian }: GeoTIFFImage, numbers: Uint16Array): Uint16Array {
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return littleEndian === isLittle ? numbers.slice() : numbers.map((value) => (value >> 8) | ((value & 0xff) << 8));
}

/** Undefined of integers without a sign of 1 to 8 or of 16 bits, which sharp reads as they are. */
function typeOf(image: GeoTIFFImage): string | undefined {
  const bits = image.getBitsPerSample();
  const format = image.getSampleFormat();
  if (format === 3) return `float${bits}`;
  if (format === 2) return `int${bits}`;
  return bits > 16 || isPackedType(image) ? `uint${bits}` : undefined;
}

async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FormatError(`${what} (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}
