/** Which images of a data set a model is tested on, as the manifest of what it was trained on says. */
import { join } from 'node:path';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { type ContaminationManifest, type EarlierManifest, leftTestHalf, parseManifest, sha256 } from '@rddpm/data';
import { readTextIfThere } from './maybe-there.ts';

export type TestHalf = {
  readonly samples: readonly Sample[];
  /** How many that could have been tested on are training images now, or belong to the same part as one. */
  readonly leftOut: number;
  /** Whether they are others than the data set itself says. */
  readonly isOther: boolean;
};

/**
 * What the manifest in `folder` says is for tests, of the data set that it was made of; of others, their test split, or all where there is none. Files are compared, not
 * names: another data set may well have a `test/crack/003.png`, too. Images of which nobody knows whether they are good are all of them looked at.
 */
export async function testHalf(source: FileSource, samples: readonly Sample[], folder: string | undefined): Promise<TestHalf> {
  const manifest = folder === undefined ? undefined : await readManifest(folder);
  const isSplit = samples.some(({ split }) => split !== undefined);
  const candidates = isSplit ? samples.filter(({ split }) => split === 'test') : samples;
  const isLabelled = samples.some(({ anomalous }) => anomalous !== undefined);
  if (!manifest || !isLabelled) return { samples: candidates, leftOut: 0, isOther: false };
  const uses = usesOf(manifest);
  const isCandidate = new Set(candidates);
  const listed = samples.filter((sample) => uses.get(sample.path)?.isTested || (isCandidate.has(sample) && uses.has(sample.path)));
  const isSame = await Promise.all(listed.map(async ({ path }) => (await sha256(await source.read(path))) === uses.get(path)!.sha256));
  const same = new Set(listed.filter((_, i) => isSame[i]));
  const tested = samples.filter((sample) => (same.has(sample) ? uses.get(sample.path)!.isTested : isCandidate.has(sample)));
  const leftOut = candidates.filter((sample) => same.has(sample) && !uses.get(sample.path)!.isTested).length;
  return { samples: tested, leftOut, isOther: leftOut > 0 || tested.some((sample) => !isCandidate.has(sample)) };
}

type Use = { readonly sha256: string; readonly isTested: boolean };

/** By path. Manifests of earlier versions name only what has left the test half. */
function usesOf(manifest: ContaminationManifest | EarlierManifest): ReadonlyMap<string, Use> {
  if (manifest.version === 1) return new Map([...leftTestHalf(manifest)].map(([path, sha256]) => [path, { sha256, isTested: false }]));
  const uses = new Map<string, Use>();
  for (const { path, sha256, split } of manifest.samples) {
    if (sha256 !== undefined) uses.set(path, { sha256, isTested: split === 'test' || (uses.get(path)?.isTested ?? false) });
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
