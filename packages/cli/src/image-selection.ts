/** What `rddpm detect` is pointed at: a data set, a folder of images, or files. */
import fs from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource, LeftOut, Sample } from '@rddpm/core/contracts';
import { imagesLayout, placeOf } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { type Registry, readDataset } from '@rddpm/study';

export type ImageSelection = {
  readonly source: FileSource;
  readonly samples: readonly Sample[];
  /** Whether they are a data set's test split. */
  readonly isTestSplit: boolean;
  /** Files of what was given that are passed over, and why. */
  readonly leftOut: readonly LeftOut[];
};

/**
 * A folder that a layout recognises is a data set, of which the test split is taken, or all images where it has no split. Other folders are searched for
 * images, as `imagesLayout` does; an image counts as of the kind that its folder is called.
 *
 * @param layout The name of the one that the folder has, however well it is recognised.
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
    const isDataset = ({ name, recognises }: Registry['layouts'][number]) => name !== imagesLayout.name && recognises(files) > 0;
    if (layout === undefined ? layouts.some(isDataset) : layout !== imagesLayout.name) {
      const { samples, leftOut } = await readDataset(source, { layouts }, layout);
      const isSplit = samples.some(({ split }) => split !== undefined);
      const tests = isSplit ? samples.filter(({ split }) => split === 'test') : samples;
      return { source, samples: tests, isTestSplit: isSplit, leftOut };
    }
  }
  const found = await Promise.all(paths.map((path) => imagesAt(resolve(cwd, path), cwd)));
  const samples = found.flatMap((images) => images.samples);
  const taken = new Map<string, string>();
  for (const { id, path } of samples) {
    const other = taken.get(id);
    if (other !== undefined) throw new FormatError(`${other} and ${path} would both be called ${id}; detect them one after the other`);
    taken.set(id, path);
  }
  return { source: folderSource(cwd), samples, isTestSplit: false, leftOut: found.flatMap(({ leftOut }) => leftOut) };
}

const isFolder = async (path: string) => (await fs.stat(path).catch(() => undefined))?.isDirectory() ?? false;

async function imagesAt(path: string, cwd: string): Promise<Pick<ImageSelection, 'samples' | 'leftOut'>> {
  const stats = await fs.stat(path).catch(() => undefined);
  if (!stats) throw new FormatError(`${path} does not exist; give a data set's folder, a folder of images, or images`);
  const named = (file: string) => slashes(relative(cwd, file));
  if (!stats.isDirectory()) {
    const kind = basename(dirname(path)).normalize('NFC');
    return { samples: [{ id: `${kind}/${placeOf(basename(path)).stem}`, path: named(path), kind }], leftOut: [] };
  }
  const { samples, leftOut = [] } = await imagesLayout.read(folderSource(path));
  return {
    samples: samples.map((sample) => ({ ...sample, path: named(join(path, sample.path)) })),
    leftOut: leftOut.map(({ reason, paths }) => ({ reason, paths: paths.map((file) => named(join(path, file))) })),
  };
}

const slashes = (path: string) => path.split(sep).join('/');
