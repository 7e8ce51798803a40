/** Data sets chosen by the user of a web page: `<input type="file" webkitdirectory>`, or files dropped. */
import { FormatError } from '@rddpm/core';
import type { DecodeOptions, FileSource, Raster, Size } from '@rddpm/core/contracts';

/** With `webkitRelativePath`, as a folder input gives them, or each with its path: `{ path: 'train/good/000.png', file }`. */
export type ChosenFiles = Iterable<File | { readonly path: string; readonly file: Blob }>;

export type FileListOptions = {
  /**
   * The data set's folder, which is left out of the paths: of all that were chosen, the folder's path ('sets/bottle'), or ''.
   * @defaultValue the folder that was chosen, where all files come from a folder input; else ''
   */
  readonly root?: (paths: readonly string[]) => string;
};

/**
 * The files of a folder that the user chose, decoded by the browser. Its name is that of the data set's folder.
 *
 * 'smooth' is the browser's resizeQuality 'high'. Masks are read at their own size and reduced here by the nearest pixel: a canvas
 * would blend them. A canvas also has 8 bits: of pictures with 16, the upper ones are left. Works in workers too.
 */
export function fileListSource(files: ChosenFiles, { root: rootOf }: FileListOptions = {}): FileSource {
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
    decode,
    async measure(bytes) {
      const bitmap = await bitmapOf(bytes);
      const { width, height } = bitmap;
      bitmap.close();
      return { width, height };
    },
  };
}

async function decode(bytes: Uint8Array, { channels, size, kernel }: DecodeOptions): Promise<Raster> {
  const resize: ImageBitmapOptions =
    size && kernel === 'smooth' ? { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'high' } : {};
  const bitmap = await bitmapOf(bytes, resize);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new FormatError(`fileListSource: this browser can't draw a picture of ${width}x${height} pixels`);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const drawn = { width, height };
  return pick(rgba, drawn, (kernel === 'nearest' && size) || drawn, channels, kernel);
}

/** Chooses channels, and for masks the nearest pixels, from a canvas's RGBA. */
function pick(rgba: Uint8ClampedArray, from: Size, to: Size, channels: 1 | 3, kernel: DecodeOptions['kernel']): Raster {
  const data = new Uint8Array(to.width * to.height * channels);
  for (let y = 0, at = 0; y < to.height; y++) {
    const row = Math.floor(((y + 0.5) * from.height) / to.height) * from.width;
    for (let x = 0; x < to.width; x++) {
      const pixel = 4 * (row + Math.floor(((x + 0.5) * from.width) / to.width));
      const [r, g, b] = [rgba[pixel]!, rgba[pixel + 1]!, rgba[pixel + 2]!];
      if (channels === 3) data.set([r, g, b], at);
      else data[at] = kernel === 'nearest' ? r : Math.round(0.2126 * r + 0.7152 * g + 0.0722 * b); // ITU-R BT.709 luma
      at += channels;
    }
  }
  return { width: to.width, height: to.height, channels, data };
}

function bitmapOf(bytes: Uint8Array, options: ImageBitmapOptions = {}): Promise<ImageBitmap> {
  const copy = new Blob([new Uint8Array(bytes)]);
  return createImageBitmap(copy, { premultiplyAlpha: 'none', colorSpaceConversion: 'none', ...options });
}

/** 'bottle' when every path begins with 'bottle/', else ''. */
function firstFolder([first = '', ...others]: readonly string[]): string {
  const folder = first.slice(0, first.indexOf('/') + 1);
  return others.every((path) => path.startsWith(folder)) ? folder.slice(0, -1) : '';
}
