/** Which images of a data set a model is tested on, as the manifest of what it was trained on says. */
import { join } from 'node:path';
import { FormatError, sha256 } from '@rddpm/core';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { type ContaminationManifest, type EarlierManifest, leftTestHalf, parseManifest } from '@rddpm/data';
import { readTextIfThere } from './read-if-there.ts';

export type TestHalf = {
  readonly samples: readonly Sample[];
  /** How many that could have been tested on are training images now, or belong to the same part as one. */
  readonly leftOut: number;
  /** Whether they are others than the data set itself says. */
  readonly isOther: boolean;
};

/**
 * What the manifest in `folder` says is for tests, of the data set that it was made of; of others, their test split, or all where there is none. Images are
 * known by their content: another data set may well have a `test/crack/003.png`, too, and this one may have been renamed. Images of which nobody knows whether
 * they are good are all of them looked at.
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
  /** Undefined for what the manifest doesn't know. */
  const isTested = ({ path }: Sample): boolean | undefined => {
    const hash = hashes.get(path);
    const own = uses.get(path);
    return own && own.sha256 === hash ? own.isTested : byContent.get(hash ?? '');
  };
  const tested = samples.filter((sample) => isTested(sample) ?? isCandidate.has(sample));
  const leftOut = candidates.filter((sample) => isTested(sample) === false).length;
  return { samples: tested, leftOut, isOther: leftOut > 0 || tested.some((sample) => !isCandidate.has(sample)) };
}

/** Few enough to be open, and in memory, at once. */
const HASHED_AT_ONCE = 8;

/** By path, of those that can be read: the others are named when they are opened. */
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

/** By path. Manifests of earlier versions name only what has left the test half. */
function usesOf(manifest: ContaminationManifest | EarlierManifest): ReadonlyMap<string, Use> {
  if (manifest.version === 1) return new Map([...leftTestHalf(manifest)].map(([path, sha256]) => [path, { sha256, isTested: false }]));
  const uses = new Map<string, Use>();
  for (const { path, sha256, split } of manifest.samples) {
    uses.set(path, { sha256, isTested: split === 'test' || (uses.get(path)?.isTested ?? false) });
  }
  return uses;
}

/** What a run or a detection says about its data set; nothing if it says nothing. */
export async function readManifest(folder: string): Promise<ContaminationManifest | EarlierManifest | undefined> {
  const text = await readManifestText(folder);
  return text === undefined ? undefined : parseManifest(text, join(folder, MANIFEST));
}

const MANIFEST = 'contamination.json';

export function readManifestText(folder: string): Promise<string | undefined> {
  return readTextIfThere(join(folder, MANIFEST));
}
