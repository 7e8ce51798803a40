import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource } from '@rddpm/core/contracts';
import { inspectBmp, isBmp } from '../bmp.ts';
import { isPicture } from '../files.ts';
import { assertNotEmpty, maxPixelsOf, type PixelLimit } from '../pixel-limit.ts';
import { decodeBmp } from './bmp-picture.ts';
import { decodeWithSharp, inspectWithSharp } from './sharp-picture.ts';
import { numbersTiff } from './tiff-numbers.ts';

export type FolderOptions = PixelLimit;

/**
 * A data set in a folder. PNG, JPEG, TIFF, WebP, GIF and AVIF are decoded by sharp (libvips), BMP by libnsbmp, and TIFFs of floats, of integers
 * with a sign, of 32 bits, or of 9 to 15 packed ones in a single channel by geotiff. TIFFs of YCbCr are read where they are JPEGs within. What a file is, its content says and not its name. Numbers are the file's: colour profiles are left out of
 * account, but for CMYK, which becomes sRGB; 1, 2 and 4 bits are spread over 0 to 255, and 5 and 6 bits of a BMP are the upper ones of 8. A BMP
 * that is grey everywhere becomes one channel. Of several pages the first is decoded.
 *
 * `list` follows links to files and folders. What can't be opened (a folder without permission, a link to nothing, one to a folder that it lies in) is
 * listed with '/' at the end, and reading it says why; but a link to nothing that is called as a picture, under its own name. Names are as they are on disk.
 *
 * `list` rejects with FormatError if the folder is missing or isn't a folder; `read` does if there is no such file, or it may not be read; `decode` and
 * `inspect` do of bytes that are no picture. The messages of the latter two continue a file's name.
 *
 * @throws {ConfigError} unless `maxPixels` is a positive integer.
 */
export function folderSource(folder: string, options: FolderOptions = {}): FileSource {
  const maxPixels = maxPixelsOf('folderSource', options);
  return {
    name: basename(resolve(folder)),
    async list() {
      try {
        const paths = await filesBelow(folder, '', [await realpath(folder)]);
        return paths.sort();
      } catch (cause) {
        throw new FormatError(`folderSource: ${folder} ${reasonIn(cause)}; it must be a data set's folder`, { cause });
      }
    },
    async read(path) {
      const file = join(folder, ...path.split('/').filter((part) => part !== ''));
      try {
        if (path.endsWith('/')) throw await whyUnopened(file);
        // A pipe would be waited for without end.
        if (!(await stat(file)).isFile()) throw new FormatError('is not a file');
        return await readFile(file);
      } catch (cause) {
        throw new FormatError(`folderSource: ${file} ${await reasonFor(file, cause)}`, { cause });
      }
    },
    async decode(bytes) {
      assertNotEmpty(bytes);
      if (isBmp(bytes)) return decodeBmp(bytes, maxPixels);
      return (await numbersTiff(bytes))?.decode(maxPixels) ?? decodeWithSharp(bytes, maxPixels);
    },
    async inspect(bytes) {
      assertNotEmpty(bytes);
      if (isBmp(bytes)) return inspectBmp(bytes);
      return (await numbersTiff(bytes))?.info ?? inspectWithSharp(bytes);
    },
  };
}

async function reasonFor(file: string, cause: unknown): Promise<string> {
  const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing && (await isLink(file)) ? 'is a link to nothing' : reasonIn(cause);
}

const isLink = async (file: string) => (await lstat(file).catch(() => undefined))?.isSymbolicLink() ?? false;

/** Of what `list` gives with '/' at the end. */
async function whyUnopened(file: string): Promise<unknown> {
  try {
    await readdir(file);
    return new FormatError((await isLink(file)) ? 'is a link to a folder that it lies in' : 'is a folder');
  } catch (cause) {
    return cause;
  }
}

function reasonIn(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (cause instanceof FormatError) return message;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'ENOTDIR') return 'is a file';
  if (code === 'ELOOP') return 'is a link to itself';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read: permission denied';
  return `can't be read (${message})`;
}

/** @param open The real paths of the folders on the way here, this one included: a link to one of them leads in a circle. */
async function filesBelow(folder: string, prefix: string, open: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    const path = `${prefix}${entry.name}`;
    if (entry.isFile()) return [path];
    const inner = join(folder, entry.name);
    try {
      if (!entry.isDirectory() && !(await stat(inner)).isDirectory()) return [path];
      const real = await realpath(inner);
      return open.includes(real) ? [`${path}/`] : await filesBelow(inner, `${path}/`, [...open, real]);
    } catch {
      // Whoever reads it learns why.
      return [!entry.isDirectory() && isPicture(path) ? path : `${path}/`];
    }
  });
  return (await Promise.all(nested)).flat();
}
