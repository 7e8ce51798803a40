/** Data sets chosen by the user of a web page: `<input type="file" webkitdirectory>`, or files dropped. */
import { FormatError } from '@rddpm/core';
import type { FileSource } from '@rddpm/core/contracts';
import { assertWholeBmp, inspectBmp, isBmp } from './bmp.ts';
import { decodeWithBrowser, inspectWithBrowser } from './browser/canvas.ts';
import { inspectJpeg, isJpeg } from './browser/jpeg.ts';
import { decodePng, inspectPng, isPng } from './browser/png.ts';
import { assertNotEmpty, assertPixels, maxPixelsOf, type PixelLimit } from './pixel-limit.ts';

/** With `webkitRelativePath`, as a folder input gives them, or each with its path: `{ path: 'train/good/000.png', file }`. */
export type ChosenFiles = Iterable<File | { readonly path: string; readonly file: Blob }>;

export type FileListOptions = PixelLimit & {
  /**
   * The data set's folder, which is left out of the paths: of all that were chosen, the folder's path ('sets/bottle'), or ''.
   * @defaultValue the folder that was chosen, where all files come from a folder input; else ''
   */
  readonly root?: (paths: readonly string[]) => string;
};

/**
 * The files of a folder that the user chose. Its name is that of the data set's folder. Works in workers too.
 *
 * PNG is decoded by fast-png: its rasters are those of `folderSource`, to the bit. All others are the browser's, of 8 bits, and so are interlaced PNGs of 1,
 * 2 or 4 bits. JPEG has in Chromium the numbers that `folderSource` gives (4:2:0, 4:4:4, progressive and grey: no difference measured); a browser with another
 * decoder rounds otherwise. BMP has them where it is opaque and not of 16 bits, whose 5 or 6 the browser spreads over 0 to 255. What the browser decodes has
 * approximate colours where they are nearly transparent. Of WebP, GIF and AVIF `inspect` says neither orientation nor pages. TIFF is read where the browser
 * reads it. Of more than `maxPixels` pixels, all these are refused by their header, by `inspect` too but for PNG, BMP and JPEG;
 * what only the browser knows is refused once it is decoded.
 *
 * @throws {ConfigError} unless `maxPixels` is a positive integer.
 */
export function fileListSource(files: ChosenFiles, options: FileListOptions = {}): FileSource {
  const { root: rootOf } = options;
  const maxPixels = maxPixelsOf('fileListSource', options);
  const chosen = [...files];
  const entries = chosen.map((entry): readonly [string, Blob] =>
    'file' in entry ? [entry.path, entry.file] : [entry.webkitRelativePath || entry.name, entry],
  );
  const paths = entries.map(([path]) => path);
  const areOfFolder = chosen.every((entry) => !('file' in entry));
  const root = rootOf ? rootOf(paths) : areOfFolder ? firstFolder(paths) : '';
  const byPath = new Map(entries.map(([path, file]) => [root === '' ? path : path.slice(root.length + 1), file]));
  return {
    name: root.split('/').at(-1) || 'files',
    list: async () => [...byPath.keys()].sort(),
    async read(path) {
      const file = byPath.get(path);
      if (!file) throw new FormatError(`fileListSource: ${path} is not among the ${byPath.size} files that were chosen`);
      return new Uint8Array(await file.arrayBuffer());
    },
    async decode(bytes) {
      assertNotEmpty(bytes);
      if (isPng(bytes)) return decodePng(bytes, maxPixels);
      if (isBmp(bytes)) {
        assertWholeBmp(bytes, maxPixels);
        return decodeWithBrowser(bytes, maxPixels);
      }
      const header = isJpeg(bytes) ? await inspectJpeg(bytes) : undefined;
      if (header) assertPixels(header, maxPixels);
      return decodeWithBrowser(bytes, maxPixels, header?.channels === 1 ? 1 : 3);
    },
    async inspect(bytes) {
      assertNotEmpty(bytes);
      if (isPng(bytes)) return inspectPng(bytes);
      if (isBmp(bytes)) return inspectBmp(bytes);
      return (isJpeg(bytes) && (await inspectJpeg(bytes))) || inspectWithBrowser(bytes, maxPixels);
    },
  };
}

/** 'bottle' when every path begins with 'bottle/', else ''. */
function firstFolder([first = '', ...others]: readonly string[]): string {
  const folder = first.slice(0, first.indexOf('/') + 1);
  return others.every((path) => path.startsWith(folder)) ? folder.slice(0, -1) : '';
}
