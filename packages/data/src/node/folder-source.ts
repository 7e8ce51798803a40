import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { DecodeOptions, FileSource, Raster } from '@rddpm/core/contracts';
import sharp, { type OutputInfo } from 'sharp';

/**
 * A data set in a folder. Images are decoded by sharp (libvips); 'smooth' is its linear kernel, widened by the reduction, so that it
 * antialiases. Pictures of 16 bits keep them all, and floats (TIFF) come as they are; of colours in floats, luminance weighs the numbers
 * themselves. Transparency is dropped, and a camera's orientation is followed. Images of other numbers (with a sign, or of 32 bits) are
 * refused; as masks they are read.
 *
 * `list` rejects with FormatError if the folder is missing or isn't a folder.
 */
export function folderSource(folder: string): FileSource {
  return {
    name: basename(resolve(folder)),
    async list() {
      try {
        return (await filesBelow(folder, '')).sort();
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        const reason = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : `can't be read (${message})`;
        throw new FormatError(`folderSource: ${folder} ${reason}; it must be a data set's folder`, { cause });
      }
    },
    read: (path) => readFile(join(folder, ...path.split('/'))),
    decode,
    async measure(bytes) {
      const { autoOrient } = await sharp(bytes).metadata();
      return autoOrient;
    },
  };
}

async function filesBelow(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name), `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
  );
  return (await Promise.all(nested)).flat();
}

async function decode(bytes: Uint8Array, { channels, size, kernel }: DecodeOptions): Promise<Raster> {
  const { depth, space } = await sharp(bytes).metadata();
  let picture = sharp(bytes).autoOrient().removeAlpha();
  if (size) picture = picture.resize(size.width, size.height, { fit: 'fill', kernel: kernel === 'nearest' ? 'nearest' : 'linear' });
  const isMask = kernel === 'nearest' && channels === 1; // its first channel as it is, without colour conversion
  if (depth === 'uchar') {
    // Through `raw` alone a gray picture comes back with three channels.
    picture = isMask ? picture.extractChannel(0) : picture.toColourspace(channels === 1 ? 'b-w' : 'srgb');
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels, data };
  }
  if (depth === 'ushort') {
    picture = picture.toColourspace(channels === 3 || (isMask && space !== 'grey16') ? 'rgb16' : 'grey16');
    const { data, info } = await picture.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
    return withChannels(new Uint16Array(own(data)), info, channels, first);
  }
  if (kernel === 'smooth' && depth !== 'float' && depth !== 'double') {
    throw new FormatError(`its numbers are of type ${depth}; images have 8 or 16 bits without a sign, or floats`);
  }
  // Any conversion would take the numbers for 0 to 255, and round them.
  const { data, info } = await picture.toColourspace(space).raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  return withChannels(new Float32Array(own(data)), info, channels, isMask ? first : luminance);
}

/** The bytes alone, and aligned for any type. */
function own({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

type ToGray = (data: ArrayLike<number>, at: number) => number;

const first: ToGray = (data, at) => data[at]!;
const luminance: ToGray = (data, at) => 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!; // ITU-R BT.709

/** Colours as gray, and gray as three equal channels, where others are wanted than there are. */
function withChannels<A extends Uint16Array | Float32Array>(
  data: A,
  { width, height, channels: had }: OutputInfo,
  channels: 1 | 3,
  toGray: ToGray,
): Raster {
  if (had === channels) return { width, height, channels, data };
  const converted = new (data.constructor as new (length: number) => A)(width * height * channels);
  for (let at = 0; at < converted.length; at++) {
    const pixel = had * Math.floor(at / channels);
    if (channels === 3) converted[at] = data[pixel + (had < 3 ? 0 : at % 3)]!;
    else converted[at] = had < 3 ? data[pixel]! : toGray(data, pixel);
  }
  return { width, height, channels, data: converted };
}
