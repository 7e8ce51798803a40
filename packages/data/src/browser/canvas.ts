/** What the browser itself decodes: JPEG, WebP, GIF, AVIF, BMP, and what else it knows. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster, Size } from '@rddpm/core/contracts';
import { withRoom } from '../decode.ts';
import { assertPixels } from '../pixel-limit.ts';
import { rasterOfRgba } from '../rgba.ts';

/** What isn't in the header's reach, such as alpha, only the pixels say: they are decoded once there is room for them, and let go. */
export async function inspectWithBrowser(bytes: Uint8Array, maxPixels: number): Promise<PictureInfo> {
  const inspected = () => decodeWithBrowser(bytes, maxPixels, 3).then(({ width, height, channels }) => ({ width, height, channels }));
  const { width, height, channels } = await withRoom(await storedSize(bytes), inspected);
  return { width, height, format: formatOf(bytes), type: 'uint8', channels, hasAlpha: channels % 2 === 0, orientation: 1, pages: 1 };
}

/** Turned as the camera says. @param colours 1 of a grey picture. @defaultValue 1 if all is grey, else 3 */
export async function decodeWithBrowser(bytes: Uint8Array, maxPixels: number, colours?: 1 | 3): Promise<Raster> {
  const stored = await storedSize(bytes);
  if (stored) assertPixels(stored, maxPixels);
  const bitmap = await bitmapOf(bytes);
  try {
    const { width, height } = bitmap;
    assertPixels(bitmap, maxPixels);
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new FormatError(`this browser can't draw a picture of ${width}x${height} pixels`);
    context.drawImage(bitmap, 0, 0);
    return rasterOfRgba(context.getImageData(0, 0, width, height), colours);
  } finally {
    bitmap.close();
  }
}

/** By the header, before it is turned; undefined where that isn't understood. */
async function storedSize(bytes: Uint8Array): Promise<Size | undefined> {
  const { imageSize } = await import('image-size');
  try {
    return imageSize(bytes);
  } catch {
    return undefined; // the browser may know it, and says what is wrong if not
  }
}

async function bitmapOf(bytes: Uint8Array): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([new Uint8Array(bytes)]), {
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
    });
  } catch (cause) {
    throw new FormatError(`the file is not a picture that this browser can decode, or it is damaged (${(cause as Error).message})`, {
      cause,
    });
  }
}

/** By the first bytes of those formats that browsers know. */
function formatOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'webp';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.slice(4, 8) === 'ftyp') return 'heif';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  return 'unknown';
}
