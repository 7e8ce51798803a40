import { FormatError } from '@rddpm/core';
import type { FileSource } from '@rddpm/core/contracts';
import { type OpenedDataset, openDataset } from '@rddpm/data';
import type { Registry } from '../registry.ts';

/**
 * @param layout The name of the one to read the data set with; by default the one that recognises it.
 * @throws {FormatError} if no layout recognises the data set, or two do equally well, or something is wrong with it that its names alone tell;
 *   {ConfigError} if no layout is called `layout`.
 */
export async function readDataset(
  source: FileSource,
  { layouts }: Pick<Registry, 'layouts'>,
  layout?: string,
): Promise<Omit<OpenedDataset, 'problems'>> {
  const { problems, ...found } = await openDataset(source, { layouts, ...(layout === undefined ? {} : { layout }) });
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  if (first) {
    const more = others.length > 0 ? ` (and ${others.length} more like it)` : '';
    throw new FormatError(`${first.path} ${first.message}${more}`);
  }
  return found;
}
