/** What the names of a data set's files tell, whatever its layout. Names are compared in Unicode's NFC, paths are as they are on disk. */
import type { FileSource, LeftOut, Problem, Sample } from '@rddpm/core/contracts';

/** What pictures end with, in any case. */
export const PICTURE_ENDINGS = ['png', 'jpg', 'jpeg', 'jpe', 'jfif', 'bmp', 'dib', 'tif', 'tiff', 'webp', 'gif', 'avif'] as const;

/** What a layout says at most that knows a data set by its files' names alone; one with a list of them says 1, and is taken. */
export const SURE_BY_NAMES = 0.99;

export type SortedFiles = {
  /** In the order of the paths. */
  readonly pictures: readonly string[];
  /** All others. */
  readonly leftOut: readonly LeftOut[];
};

/**
 * Tells pictures from other files by their names. Left out are what is hidden (a folder or file whose name begins with a dot, and what systems leave behind:
 * __MACOSX, Thumbs.db, desktop.ini), and what doesn't end as pictures do.
 */
export function sortFiles(paths: readonly string[]): SortedFiles {
  const hidden = paths.filter(isHidden);
  const shown = paths.filter((path) => !isHidden(path));
  const others = shown.filter((path) => !isPicture(path));
  const leftOut = [
    { reason: 'hidden', paths: hidden },
    { reason: `no pictures by their endings (${endingsOf(others)})`, paths: others },
  ];
  return { pictures: shown.filter(isPicture), leftOut: leftOut.filter((group) => group.paths.length > 0) };
}

/** Of a path: its folders and its name without the ending, as they are compared. */
export type Place = { readonly folders: readonly string[]; readonly stem: string };

export function placeOf(path: string): Place {
  const folders = path.normalize('NFC').split('/');
  const name = folders.pop() ?? '';
  return { folders, stem: name.slice(0, name.length - suffixOf(name).length) };
}

/** An error for each sample that is called as one before it in the same split. */
export function sharedIds(samples: readonly Sample[]): Problem[] {
  const named = new Map<string, string>();
  return samples.flatMap(({ id, path, split }): Problem[] => {
    const name = split === undefined ? id : `${split}/${id}`;
    const first = named.get(name);
    if (first === undefined) {
      named.set(name, path);
      return [];
    }
    const sameName = first.normalize('NFC') === path.normalize('NFC');
    const right = sameName ? 'they are one name in two forms of Unicode' : 'names must differ in more than their ending';
    return [{ severity: 'error', path: first, message: `and ${path} are both called ${name}; ${right}` }];
  });
}

/** `make` of a source, called once for each: listing a folder takes as long as reading a picture, and every image asks for its masks. Failures are asked again. */
export function oncePerSource<T>(make: (source: FileSource) => Promise<T>): (source: FileSource) => Promise<T> {
  const made = new WeakMap<FileSource, Promise<T>>();
  return (source) => {
    const known = made.get(source) ?? make(source);
    made.set(source, known);
    known.catch(() => made.delete(source));
    return known;
  };
}

const LEFT_BY_SYSTEMS = ['__macosx', 'thumbs.db', 'desktop.ini'];

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || LEFT_BY_SYSTEMS.includes(part.toLowerCase()));
}

const isPicture = (path: string) => (PICTURE_ENDINGS as readonly string[]).includes(suffixOf(path).slice(1).toLowerCase());

/** '.png' of '000.png'; '' where there is none. */
const suffixOf = (path: string) => /[^/](\.[^./]+)$/.exec(path)?.[1] ?? '';

/** '.txt 2, .db 1': the most frequent first. */
function endingsOf(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const ending = suffixOf(path).toLowerCase() || 'none';
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, many], [b, most]) => most - many || (a < b ? -1 : 1))
    .map(([ending, count]) => `${ending} ${count}`)
    .join(', ');
}
