import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { DecodeOptions, FileSource, Raster } from '@rddpm/core/contracts';
import sharp from 'sharp';

/**
 * A data set in a folder. Images are decoded by sharp (libvips); 'smooth' is its linear kernel, widened by the reduction, so that it
 * antialiases. 16-bit pictures are reduced to 8 bits, transparency is dropped, and a camera's orientation
 * is followed.
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
        throw new FormatError(`folderSource: ${folder} ${reason}; it must be a folder in MVTec AD layout, such as data/bottle`, { cause });
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
  let picture = sharp(bytes).autoOrient().removeAlpha();
  // A mask's first channel as it is, without colour conversion. Through `raw` alone a gray picture comes back with three channels.
  picture = kernel === 'nearest' && channels === 1 ? picture.extractChannel(0) : picture.toColourspace(channels === 1 ? 'b-w' : 'srgb');
  if (size !== undefined) picture = picture.resize(size, size, { fit: 'fill', kernel: kernel === 'nearest' ? 'nearest' : 'linear' });
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, data };
}
