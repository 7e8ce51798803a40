/** Which images of a data set a model may be tested on: those that the manifest of its training set marks as tests. */
import { join } from 'node:path';
import { FormatError, sha256 } from '@rddpm/core';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { type ContaminationManifest, type EarlierManifest, leftTestHalf, parseManifest } from '@rddpm/data';
import { readTextIfThere } from './read-if-there.ts';

export type TestHalf = {
  readonly samples: readonly Sample[];
  /** How many images of the data set's test half were moved into training, or show the same part as one that was. */
  readonly leftOut: number;
  /** Whether these are other images than the data set's own test half. */
  readonly isOther: boolean;
};

/**
 * Of the data set that the manifest in `folder` was made of, the images that the manifest marks as tests; of another data set, its test split, or all of its
 * images where it has none. Images are recognised by their content, since another data set may have a `test/crack/003.png`, too, and files may have been renamed.
 * Images that nobody has labelled are all included.
 */
export async function testHalf(source: FileSource, samples: readonly Sample[], folder: string | undefined): Promise<TestHalf> {
  const manifest = folder === undefined ? undefined : await readManifest(folder);
  const isSplit = samples.some(({ split }) => split !== undefined);
  const candidates = isSplit ? samples.filter(({ split }) => split === 'test') : samples;
  const isLabelled = samples.some(({ anomalous }) => anomalous !== undefined);
  if (!manifest || !isLabelled) return { samples: candidates, leftOut: 0, isOther: false };
  const uses = usesOf(manifest);
  const byContent = new Map<string, boolean>();
  for (const { sha256, isTested } of uses.values()) {
    if (sha256 !== undefined) byContent.set(sha256, isTested || (byContent.get(sha256) ?? false));
  }
  const isCandidate = new Set(candidates);
  const looked = samples.filter((sample) => isCandidate.has(sample) || uses.get(sample.path)?.isTested);
  const hashes = await hashesOf(source, looked);
  /** Undefined for an image that the manifest doesn't list. */
  const isTested = ({ path }: Sample): boolean | undefined => {
    const hash = hashes.get(path);
    const own = uses.get(path);
    return own && own.sha256 === hash ? own.isTested : byContent.get(hash ?? '');
  };
  const tested = samples.filter((sample) => isTested(sample) ?? isCandidate.has(sample));
  const leftOut = candidates.filter((sample) => isTested(sample) === false).length;
  return { samples: tested, leftOut, isOther: leftOut > 0 || tested.some((sample) => !isCandidate.has(sample)) };
}

/** How many files are open, and in memory, at once. */
const HASHED_AT_ONCE = 8;

/** Hashes by path, of the files that can be read. The others are named when they are opened as images. */
async function hashesOf(source: FileSource, samples: readonly Sample[]): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (let first = 0; first < samples.length; first += HASHED_AT_ONCE) {
    const some = samples.slice(first, first + HASHED_AT_ONCE);
    const read = await Promise.allSettled(some.map(async ({ path }) => sha256(await source.read(path))));
    for (const [i, result] of read.entries()) {
      if (result.status === 'fulfilled') hashes.set(some[i]!.path, result.value);
      else if (!(result.reason instanceof FormatError)) throw result.reason;
    }
  }
  return hashes;
}

/** @property sha256 Undefined of a file that couldn't be read. */
type Use = { readonly sha256: string | undefined; readonly isTested: boolean };

/** Entries by path. Manifests of version 1 list only the images that have left the test half. */
function usesOf(manifest: ContaminationManifest | EarlierManifest): ReadonlyMap<string, Use> {
  if (manifest.version === 1) return new Map([...leftTestHalf(manifest)].map(([path, sha256]) => [path, { sha256, isTested: false }]));
  const uses = new Map<string, Use>();
  for (const { path, sha256, split } of manifest.samples) {
    uses.set(path, { sha256, isTested: split === 'test' || (uses.get(path)?.isTested ?? false) });
  }
  return uses;
}

/** The manifest in the folder of a run or a detection; undefined if there is none. */
export async function readManifest(folder: string): Promise<ContaminationManifest | EarlierManifest | undefined> {
  const text = await readManifestText(folder);
  return text === undefined ? undefined : parseManifest(text, join(folder, MANIFEST));
}

const MANIFEST = 'contamination.json';

export function readManifestText(folder: string): Promise<string | undefined> {
  return readTextIfThere(join(folder, MANIFEST));
}
