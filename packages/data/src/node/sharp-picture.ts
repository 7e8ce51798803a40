/** PNG, JPEG, TIFF, WebP and what else sharp reads, with the file's own numbers. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { assertPixels } from '../pixel-limit.ts';
import { tooManyChannels } from './tiff-numbers.ts';

/** libvips' names of the types of numbers. */
const TYPES: Readonly<Record<string, string>> = {
  uchar: 'uint8',
  char: 'int8',
  ushort: 'uint16',
  short: 'int16',
  uint: 'uint32',
  int: 'int32',
  float: 'float32',
  double: 'float64',
};

/** Colours that are what they are without conversion. */
const PLAIN: readonly string[] = ['b-w', 'grey16', 'srgb', 'rgb16', 'rgb', 'multiband'];

export async function inspectWithSharp(bytes: Uint8Array): Promise<PictureInfo> {
  const { format, depth, channels, hasAlpha, orientation = 1, pages = 1, autoOrient } = await metadataOf(bytes);
  return { ...autoOrient, format, type: TYPES[depth] ?? depth, channels, hasAlpha, orientation, pages };
}

export async function decodeWithSharp(bytes: Uint8Array, maxPixels: number): Promise<Raster> {
  const { width, height, channels, depth, space } = await metadataOf(bytes);
  assertPixels({ width, height }, maxPixels);
  if (channels > 4) throw tooManyChannels(channels);
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new FormatError(`its numbers are of type ${TYPES[depth] ?? depth}, which is read of TIFF only`);
  // An embedded profile would change the numbers, and a browser's would be others.
  const picture = () => sharp(bytes, { ignoreIcc: true, limitInputPixels: false }).autoOrient();
  try {
    if (!PLAIN.includes(space)) return await rasterOf(picture().toColourspace('srgb'), 'uchar');
    if (space !== 'b-w' || channels === 1) return await rasterOf(picture().toColourspace(space), depth);
    // Through `raw` 8 bits of grey lose all channels but the first.
    const each = ([0, 1, 2, 3] as const).slice(0, channels);
    return interleaved(await Promise.all(each.map((k) => rasterOf(picture().toColourspace(space).extractChannel(k), depth))));
  } catch (cause) {
    throw new FormatError(`the picture is damaged or cut short (${reasonIn(cause)})`, { cause });
  }
}

async function metadataOf(bytes: Uint8Array): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    const reason = reasonIn(cause);
    const unknown = reason.includes('unsupported image format');
    throw new FormatError(
      unknown
        ? `the file is not a picture that can be read; it begins with ${beginning(bytes)}`
        : `the picture's header can't be read (${reason})`,
      { cause },
    );
  }
}

async function rasterOf(picture: Sharp, depth: 'uchar' | 'ushort'): Promise<Raster> {
  const { data, info } = await picture.raw({ depth }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const { buffer, byteOffset, byteLength } = data;
  if (depth === 'uchar') return { width, height, channels, data: new Uint8Array(buffer, byteOffset, byteLength) };
  const aligned =
    byteOffset % 2 === 0 ? new Uint16Array(buffer, byteOffset, byteLength / 2) : new Uint16Array(Uint8Array.from(data).buffer);
  return { width, height, channels, data: aligned };
}

function interleaved(planes: readonly Raster[]): Raster {
  const { width, height } = planes[0]!;
  const channels = planes.length as Raster['channels'];
  const data = new Uint8Array(width * height * channels);
  for (const [k, plane] of planes.entries()) {
    for (let pixel = 0; pixel < plane.data.length; pixel++) data[pixel * channels + k] = plane.data[pixel]!;
  }
  return { width, height, channels, data };
}

/** One line of what libvips says. */
function reasonIn(cause: unknown): string {
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return line.replace(/^Input buffer (has corrupt header: )?/, '');
}

/** As text where it is text, else as bytes. */
function beginning(bytes: Uint8Array): string {
  const start = bytes.subarray(0, 12);
  const isText = start.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText
    ? `'${String.fromCharCode(...start)}'`
    : `the bytes ${[...start].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
