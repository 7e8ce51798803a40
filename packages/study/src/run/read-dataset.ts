import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConfigError, FormatError } from '@rddpm/core';
import type { FileSource, LeftOut, Problem } from '@rddpm/core/contracts';
import { listLayoutOf, type OpenedDataset, openDataset, verifySamples } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';

/** Whether a file's name is that of a list of images. */
export const isList = (path: string): boolean => /\.(?:csv|json)$/i.test(path);

/**
 * A data set's files, and the layouts to choose from, or the one that was named.
 *
 * @param dataset A folder, or a list of images in CSV or JSON: then files are those beside it.
 * @param layout The name of the one to read the data set with.
 * @throws {FormatError} if it is a file, and no list; {ConfigError} if it is a list, and `layout` another one than that of lists.
 */
export async function openSource(
  dataset: string,
  { layouts }: Pick<Registry, 'layouts'>,
  layout?: string,
): Promise<{ readonly source: FileSource; readonly folder: string; readonly layouts: Registry['layouts']; readonly layout?: string }> {
  const isFile = (await stat(dataset).catch(() => undefined))?.isFile() ?? false;
  if (isFile && !isList(dataset)) {
    throw new FormatError(`${dataset} is a file, but no list; a data set is a folder, or a list of images that ends with .csv or .json`);
  }
  if (!isFile) return { source: folderSource(dataset), folder: dataset, layouts, layout };
  const ofList = listLayoutOf(basename(dataset));
  if (layout !== undefined && layout !== ofList.name) {
    throw new ConfigError(`--layout is ${layout}, but ${dataset} is a list, which says itself where its images are; leave it out`);
  }
  const folder = dirname(dataset);
  return { source: folderSource(folder), folder, layouts: [ofList] };
}

export type ReadDataset = Omit<OpenedDataset, 'problems'> & {
  readonly source: FileSource;
  /** That the files are in. */
  readonly folder: string;
  /** What is odd, and stops nothing. */
  readonly warnings: readonly Problem[];
};

/**
 * @param layout The name of the one to read the data set with; by default the one that recognises it.
 * @throws {FormatError} if no layout recognises the data set, or two do equally well, or naming all that is wrong with its layout and, if anything is, with its
 *   files;
 *   {ConfigError} if no layout is called `layout`, or as `openSource`.
 */
export async function readDataset(dataset: string, registry: Pick<Registry, 'layouts'>, layout?: string): Promise<ReadDataset> {
  const { source, folder, ...choice } = await openSource(dataset, registry, layout);
  const { problems, ...opened } = await openDataset(source, choice);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const ofFiles = await verifySamples(source, opened.samples, opened.layout); // so that all that is wrong is said at once
    errors.push(...ofFiles.problems.filter(({ severity }) => severity === 'error'));
    const lines = listed(errors.map(({ path, message }) => `${path} ${message}`));
    throw new FormatError(`${dataset} has ${counted(errors.length, 'error')}:${lines}`);
  }
  return { ...opened, source, folder, warnings: problems };
}

/** What a reader passes over, before it passes over it. */
export function noteLeftOut(leftOut: readonly LeftOut[], reporter: Pick<Reporter, 'note'>): void {
  for (const { reason, paths } of leftOut) {
    const examples = paths.slice(0, NAMED).join(', ');
    const more = paths.length > NAMED ? ', …' : '';
    reporter.note(`left out: ${counted(paths.length, 'file')}, ${reason}: ${examples}${more}`);
  }
}

/** `counted(1, 'image')` is '1 image', `counted(2, 'image')` '2 images'. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const NAMED = 3;
const LISTED = 20;

/** A line for each, as long as they can be read. */
export function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, LISTED).map((line) => `\n  ${line}`);
  return lines.length > LISTED ? `${shown.join('')}\n  and ${lines.length - LISTED} more` : shown.join('');
}
