import { assertOneOf, FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, LeftOut, Problem, Sample } from '@rddpm/core/contracts';
import { PICTURE_ENDINGS, sortFiles, unopenedIn } from './files.ts';
import { sharedIds } from './unique-ids.ts';

export type OpenDatasetOptions = {
  /** Those that there are to choose from. */
  readonly layouts: readonly DatasetLayout[];
  /** The name of the one to read the data set with. @defaultValue the one that recognises it best */
  readonly layout?: string;
};

export type OpenedDataset = {
  readonly layout: DatasetLayout;
  readonly samples: readonly Sample[];
  /** What the layout finds wrong, folders that can't be opened, and images of one name. With an error among them the data set shouldn't be used before it is mended. */
  readonly problems: readonly Problem[];
  /** Files that the layout passes over, and why. */
  readonly leftOut: readonly LeftOut[];
};

/**
 * A data set's samples, read with the layout that recognises the names of its files best. A layout that is named, or the only one, reads
 * it in any case, and says itself what it misses.
 *
 * @throws {FormatError} if no layout recognises the data set, or two do equally well, or the layout can't read it, naming folders that can't be opened;
 * {ConfigError} if none is called `layout`.
 */
export async function openDataset(source: FileSource, { layouts, layout: name }: OpenDatasetOptions): Promise<OpenedDataset> {
  const paths = await source.list();
  const unopened = await unopenedIn(source, paths);
  try {
    const layout = choose(source, paths, layouts, name);
    const { samples, problems, leftOut = [] } = await layout.read(source);
    const said = new Set(problems.map(told));
    const more = [...unopened, ...sharedIds(samples)].filter((problem) => !said.has(told(problem)));
    return { layout, samples, leftOut, problems: [...problems, ...more] };
  } catch (cause) {
    if (!(cause instanceof FormatError) || unopened.length === 0) throw cause;
    throw new FormatError(`${cause.message}${unopened.map((problem) => `\n  ${told(problem)}`).join('')}`, { cause });
  }
}

const told = ({ path, message }: Problem) => `${path} ${message}`;

function choose(source: FileSource, paths: readonly string[], layouts: readonly DatasetLayout[], name: string | undefined): DatasetLayout {
  const names = layouts.map((layout) => layout.name);
  if (name !== undefined) {
    assertOneOf('openDataset: layout', name, names);
    return layouts[names.indexOf(name)]!;
  }
  const [only, ...others] = layouts;
  if (only && others.length === 0) return only;
  const scores = layouts.map((layout) => layout.recognises(paths));
  const highest = Math.max(0, ...scores);
  const best = layouts.filter((_, i) => highest > 0 && scores[i] === highest);
  const [first, second] = best;
  if (!first) {
    throw new FormatError(`openDataset: ${source.name} has none of the layouts ${names.join(', ')}; it holds ${described(paths)}`);
  }
  if (second) {
    throw new FormatError(
      `openDataset: ${source.name} may have any of the layouts ${best.map((layout) => layout.name).join(', ')}; name one of them`,
    );
  }
  return first;
}

function described(paths: readonly string[]): string {
  if (paths.length === 0) return '0 files';
  const some = `${paths.length} ${paths.length === 1 ? 'file' : 'files'}, such as ${paths.slice(0, 3).join(', ')}`;
  const hasPictures = sortFiles(paths).pictures.length > 0;
  return hasPictures ? some : `${some}, and no picture (${PICTURE_ENDINGS.join(', ')})`;
}
