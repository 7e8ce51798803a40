import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource, LeftOut, Problem } from '@rddpm/core/contracts';
import { listLayoutOf, type OpenedDataset, openDataset, verifySamples } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';

/** Whether a file's name is that of a list of images. */
export const isList = (path: string): boolean => /\.(?:csv|json)$/i.test(path);

/** A data set's files, and the layouts to choose from. @param dataset A folder, or a list of images in CSV or JSON: then files are those beside it. */
export async function openSource(
  dataset: string,
  { layouts }: Pick<Registry, 'layouts'>,
): Promise<{ readonly source: FileSource; readonly folder: string; readonly layouts: Registry['layouts'] }> {
  const isFile = (await stat(dataset).catch(() => undefined))?.isFile() ?? false;
  if (isFile && !isList(dataset)) {
    throw new FormatError(`${dataset} is a file, but no list; a data set is a folder, or a list of images that ends with .csv or .json`);
  }
  const folder = isFile ? dirname(dataset) : dataset;
  return { source: folderSource(folder), folder, layouts: isFile ? [listLayoutOf(basename(dataset))] : layouts };
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
 *   {ConfigError} if no layout is called `layout`.
 */
export async function readDataset(dataset: string, registry: Pick<Registry, 'layouts'>, layout?: string): Promise<ReadDataset> {
  const { source, folder, layouts } = await openSource(dataset, registry);
  const isNamed = layout !== undefined && layouts === registry.layouts;
  const { problems, ...opened } = await openDataset(source, { layouts, ...(isNamed && { layout }) });
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const ofFiles = await verifySamples(source, opened.samples, opened.layout); // so that all that is wrong is said at once
    errors.push(...ofFiles.problems.filter(({ severity }) => severity === 'error'));
    const lines = listed(errors.map(({ path, message }) => `${path} ${message}`));
    throw new FormatError(`${dataset} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}:${lines}`);
  }
  return { ...opened, source, folder, warnings: problems };
}

/** What a reader passes over, before it passes over it. */
export function noteLeftOut(leftOut: readonly LeftOut[], reporter: Pick<Reporter, 'note'>): void {
  for (const { reason, paths } of leftOut) {
    const examples = paths.slice(0, NAMED).join(', ');
    const more = paths.length > NAMED ? ', …' : '';
    reporter.note(`left out: ${paths.length} ${paths.length === 1 ? 'file' : 'files'}, ${reason}: ${examples}${more}`);
  }
}

const NAMED = 3;
const LISTED = 20;

/** A line for each, as long as they can be read. */
export function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, LISTED).map((line) => `\n  ${line}`);
  return lines.length > LISTED ? `${shown.join('')}\n  and ${lines.length - LISTED} more` : shown.join('');
}
