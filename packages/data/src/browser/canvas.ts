/** What the browser itself decodes: JPEG, WebP, GIF, AVIF, and what else it knows. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import { assertPixels } from '../pixel-limit.ts';
import { inspectJpeg, isJpeg } from './jpeg-header.ts';

export async function inspectWithBrowser(bytes: Uint8Array): Promise<PictureInfo> {
  if (isJpeg(bytes)) return inspectJpeg(bytes);
  const { width, height, channels } = await decodeWithBrowser(bytes, Number.POSITIVE_INFINITY);
  return { width, height, format: formatOf(bytes), type: 'uint8', channels, hasAlpha: channels === 4, orientation: 1, pages: 1 };
}

/** RGB where all is opaque, else RGBA; one channel of a grey JPEG. */
export async function decodeWithBrowser(bytes: Uint8Array, maxPixels: number): Promise<Raster> {
  const header = isJpeg(bytes) ? inspectJpeg(bytes) : undefined;
  if (header) assertPixels(header, maxPixels);
  const bitmap = await bitmapOf(bytes);
  try {
    const { width, height } = bitmap;
    assertPixels(bitmap, maxPixels);
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new FormatError(`this browser can't draw a picture of ${width}x${height} pixels`);
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    const channels = header?.channels === 1 ? 1 : isOpaque(rgba) ? 3 : 4;
    return { width, height, channels, data: firstChannels(rgba, channels) };
  } finally {
    bitmap.close();
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

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return false;
  return true;
}

function firstChannels(rgba: Uint8ClampedArray, channels: number): Uint8Array {
  const data = new Uint8Array((rgba.length / 4) * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let k = 0; k < channels; k++) data[to++] = rgba[from + k]!;
  }
  return data;
}

/** By the first bytes of those formats that browsers know. */
function formatOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'webp';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.slice(4, 8) === 'ftyp') return 'heif';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  return 'unknown';
}
