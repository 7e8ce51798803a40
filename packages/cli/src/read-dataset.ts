import { FormatError } from '@rddpm/core';
import type { FileSource } from '@rddpm/core/contracts';
import { type OpenedDataset, openDataset } from '@rddpm/data';
import { LAYOUTS } from './registry.ts';

/** @throws {FormatError} if no layout recognises the data set, or something is wrong with it that its names alone tell. */
export async function readDataset(source: FileSource): Promise<Pick<OpenedDataset, 'layout' | 'samples'>> {
  const { layout, samples, problems } = await openDataset(source, { layouts: LAYOUTS });
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  if (first) {
    const more = others.length > 0 ? ` (and ${others.length} more like it)` : '';
    throw new FormatError(`${first.path} ${first.message}${more}`);
  }
  return { layout, samples };
}
