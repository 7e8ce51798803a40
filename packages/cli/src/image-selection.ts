/** The images that `rddpm detect` is to look at: those of a data set, of a folder, or single files. */
import fs from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource, LeftOut, Problem, Sample } from '@rddpm/core/contracts';
import { imagesLayout, openDataset, placeOf, sharedIds } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { isList, type Registry, readDataset } from '@rddpm/study';

export type ImageSelection = {
  readonly source: FileSource;
  /** If it is a data set: all of its images, not only those to look at. */
  readonly samples: readonly Sample[];
  /** Whether it is a data set, of which the test half is looked at. */
  readonly isDataset: boolean;
  /** Files that are passed over, with the reason. */
  readonly leftOut: readonly LeftOut[];
};

/**
 * A folder that a layout recognises is a data set, and so is a list of images. Other folders are searched for images, as `imagesLayout` does; an image counts as of
 * the kind that its folder is called.
 *
 * @param layout The name of the layout to read the folder by, instead of recognising one.
 * @throws {FormatError} if there is nothing at a path or no image in it, a folder can't be opened, or two images would share a map, also where case doesn't count.
 */
export async function imagesAt(
  paths: readonly string[],
  cwd: string,
  { layouts }: Pick<Registry, 'layouts'>,
  layout?: string,
): Promise<ImageSelection> {
  const [first, ...others] = paths.map((path) => resolve(cwd, path));
  if (first !== undefined && others.length === 0 && (await isDataset(first, layouts, layout))) {
    const { source, samples, leftOut } = await readDataset(first, { layouts }, layout);
    return { source, samples, isDataset: true, leftOut };
  }
  const found = await Promise.all(paths.map((path) => plainImagesAt(resolve(cwd, path), cwd)));
  const samples = found.flatMap((images) => images.samples);
  refuse('these images need names of their own; rename them, or detect them one after the other', sharedIds(samples));
  return { source: folderSource(cwd), samples, isDataset: false, leftOut: found.flatMap(({ leftOut }) => leftOut) };
}

async function isDataset(path: string, layouts: Registry['layouts'], layout: string | undefined): Promise<boolean> {
  if (isList(path)) return true;
  if (!(await fs.stat(path).catch(() => undefined))?.isDirectory()) return false;
  if (layout !== undefined) return layout !== imagesLayout.name;
  const files = await folderSource(path).list();
  return layouts.some(({ name, recognises }) => name !== imagesLayout.name && recognises(files) > 0);
}

async function plainImagesAt(path: string, cwd: string): Promise<Pick<ImageSelection, 'samples' | 'leftOut'>> {
  const stats = await fs.stat(path).catch(() => undefined);
  if (!stats) throw new FormatError(`${path} does not exist; give a data set's folder, a folder of images, or images`);
  const named = (file: string) => slashes(relative(cwd, file));
  if (!stats.isDirectory()) {
    const kind = basename(dirname(path)).normalize('NFC');
    return { samples: [{ id: `${kind}/${placeOf(basename(path)).stem}`, path: named(path), kind }], leftOut: [] };
  }
  const { samples, leftOut, problems } = await openDataset(folderSource(path), { layouts: [imagesLayout] });
  refuse(`${path} can't be detected as it is`, problems);
  return {
    // All are detected alike, and share one folder of maps, whatever split the folder's names say.
    samples: samples.map(({ id, path: file, kind }) => ({ id, path: named(join(path, file)), kind })),
    leftOut: leftOut.map(({ reason, paths }) => ({ reason, paths: paths.map((file) => named(join(path, file))) })),
  };
}

function refuse(what: string, problems: readonly Problem[]): void {
  const lines = problems.map(({ path, message }) => `\n  ${path} ${message}`);
  if (lines.length > 0) throw new FormatError(`${what}:${lines.join('')}`);
}

const slashes = (path: string) => path.split(sep).join('/');
