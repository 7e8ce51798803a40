/** What `rddpm detect` is pointed at: a data set, a folder of images, or files. */
import fs from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { folderSource } from '@rddpm/data/node';
import { type Registry, readDataset } from '@rddpm/study';

export type ImageSelection = {
  readonly source: FileSource;
  readonly samples: readonly Sample[];
  /** Whether they are a data set's test split. */
  readonly isTestSplit: boolean;
};

const PICTURE = /^[^.].*\.(?:png|jpe?g|bmp|tiff?|webp)$/i;

/**
 * A folder that a layout recognises is a data set, of which the test split is taken. Other folders are searched for images; an image counts as of
 * the kind that its folder is called.
 *
 * @param layout The name of the one that the folder has, in any case.
 * @throws {FormatError} if there is nothing at a path or no image in it, or if two images would share a map.
 */
export async function selectImages(
  paths: readonly string[],
  cwd: string,
  { layouts }: Pick<Registry, 'layouts'>,
  layout?: string,
): Promise<ImageSelection> {
  const [first] = paths;
  if (first !== undefined && paths.length === 1 && (await isFolder(resolve(cwd, first)))) {
    const source = folderSource(resolve(cwd, first));
    const files = await source.list();
    if (layout !== undefined || layouts.some(({ recognises }) => recognises(files) > 0)) {
      const { samples } = await readDataset(source, { layouts }, layout);
      return { source, samples: samples.filter(({ split }) => split === 'test'), isTestSplit: true };
    }
  }
  const samples = (await Promise.all(paths.map((path) => samplesAt(resolve(cwd, path), cwd)))).flat();
  const taken = new Map<string, string>();
  for (const { id, path } of samples) {
    const other = taken.get(id);
    if (other !== undefined) throw new FormatError(`${other} and ${path} would both be called ${id}; detect them one after the other`);
    taken.set(id, path);
  }
  return { source: folderSource(cwd), samples, isTestSplit: false };
}

const isFolder = async (path: string) => (await fs.stat(path).catch(() => undefined))?.isDirectory() ?? false;

async function samplesAt(path: string, cwd: string): Promise<Sample[]> {
  const stats = await fs.stat(path).catch(() => undefined);
  if (!stats) throw new FormatError(`${path} does not exist; give a data set's folder, a folder of images, or images`);
  if (!stats.isDirectory()) return [sampleOf(path, basename(dirname(path)), cwd)];
  const files = (await fs.readdir(path, { recursive: true })).filter((file) => PICTURE.test(basename(file))).sort();
  if (files.length === 0) throw new FormatError(`${path} holds no image (.png, .jpg, .jpeg, .bmp, .tif, .tiff, .webp)`);
  return files.map((file) => sampleOf(join(path, file), dirname(file) === '.' ? basename(path) : slashes(dirname(file)), cwd));
}

function sampleOf(file: string, kind: string, cwd: string): Sample {
  return { id: `${kind}/${basename(file, extname(file))}`, path: slashes(relative(cwd, file)), split: 'test', kind };
}

const slashes = (path: string) => path.split(sep).join('/');
