/** What can be told from the names of a data set's files, whatever its layout. Names are compared in Unicode's NFC, paths are as they are on disk. */
import type { FileSource, LeftOut, Problem } from '@rddpm/core/contracts';

/** The endings of pictures' names, in upper or lower case. */
export const PICTURE_ENDINGS = ['png', 'jpg', 'jpeg', 'jpe', 'jfif', 'bmp', 'dib', 'tif', 'tiff', 'webp', 'gif', 'avif'] as const;

/** The most that `recognises` of a layout may give that goes by files' names alone. A layout with a list of files gives 1, so that it wins. */
export const SURE_BY_NAMES = 0.99;

export type SortedFiles = {
  /** The pictures, in the order of the paths. */
  readonly pictures: readonly string[];
  /** All other files, by the reason why they are left out. */
  readonly leftOut: readonly LeftOut[];
  /** Folders that the source could not open, with '/' at the end; pictures may be in them. */
  readonly unopened: readonly string[];
};

/**
 * Tells pictures from other files by their names. Left out are what is hidden (a folder or file whose name begins with a dot, and what systems leave behind:
 * __MACOSX, Thumbs.db, lost+found and their like), and what doesn't end as pictures do.
 */
export function sortFiles(paths: readonly string[]): SortedFiles {
  const hidden = paths.filter(isHidden);
  const shown = paths.filter((path) => !isHidden(path));
  const unopened = shown.filter(isUnopened);
  const others = shown.filter((path) => !isPicture(path) && !isUnopened(path));
  const leftOut = [
    { reason: 'hidden', paths: hidden },
    { reason: `no pictures by their endings (${endingsOf(others)})`, paths: others },
  ];
  return { pictures: shown.filter(isPicture), leftOut: leftOut.filter((group) => group.paths.length > 0), unopened };
}

/** A path's folders, and its name without the ending, in the form in which they are compared. */
export type Place = { readonly folders: readonly string[]; readonly stem: string };

export function placeOf(path: string): Place {
  const folders = path.normalize('NFC').split('/');
  const name = folders.pop() ?? '';
  return { folders, stem: name.slice(0, name.length - suffixOf(name).length) };
}

/** An error for each folder, among `paths` of the source, that couldn't be opened: nobody knows which pictures are in it. */
export async function unopenedIn(source: FileSource, paths: readonly string[]): Promise<Problem[]> {
  const problems = sortFiles(paths).unopened.map(async (path): Promise<Problem> => {
    const reason = await source.read(path).then(
      () => 'it has changed meanwhile',
      (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
    );
    return { severity: 'error', path, message: `can't be opened: ${reason}` };
  });
  return Promise.all(problems);
}

/** Calls `make` once for each source and keeps the result: listing a folder takes as long as reading a picture, and every image asks for its masks. After a failure, the next call tries again. */
export function oncePerSource<T>(make: (source: FileSource) => Promise<T>): (source: FileSource) => Promise<T> {
  const made = new WeakMap<FileSource, Promise<T>>();
  return (source) => {
    const known = made.get(source) ?? make(source);
    made.set(source, known);
    known.catch(() => made.delete(source));
    return known;
  };
}

const LEFT_BY_SYSTEMS = ['__macosx', 'thumbs.db', 'desktop.ini', 'lost+found', '$recycle.bin', 'system volume information'];

const isUnopened = (path: string) => path.endsWith('/');

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || LEFT_BY_SYSTEMS.includes(part.toLowerCase()));
}

/** Whether a path ends as pictures do. */
export const isPicture = (path: string): boolean => (PICTURE_ENDINGS as readonly string[]).includes(suffixOf(path).slice(1).toLowerCase());

/** The ending of a name: '.png' for '000.png', '' where there is none. */
const suffixOf = (path: string) => /[^/](\.[^./]+)$/.exec(path)?.[1] ?? '';

/** How often each ending occurs, the most frequent first: '.txt 2, .db 1'. */
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
