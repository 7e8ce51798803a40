/** Which images of a data set a model is tested on, as the manifest of what it was trained on says. */
import { join } from 'node:path';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { type ContaminationManifest, type EarlierManifest, leftTestHalf, parseManifest, sha256 } from '@rddpm/data';
import { readTextIfThere } from './maybe-there.ts';

export type TestHalf = {
  readonly samples: readonly Sample[];
  /** How many that could have been tested on are training images now, or belong to the same part as one. */
  readonly leftOut: number;
};

/**
 * Of a data set with a split, its test half, less what the manifest in `folder` says has left it. Of one without, but with labels, what the manifest says is for tests; of
 * others, all. Files are compared, not names: another data set may well have a `test/crack/003.png`, too.
 */
export async function testHalf(folder: string, source: FileSource, samples: readonly Sample[]): Promise<TestHalf> {
  const manifest = await readManifest(folder);
  const isSplit = samples.some(({ split }) => split !== undefined);
  const candidates = isSplit ? samples.filter(({ split }) => split === 'test') : samples;
  if (!manifest) return { samples: candidates, leftOut: 0 };
  const isLabelled = samples.some(({ anomalous }) => anomalous !== undefined);
  if (!isSplit && !isLabelled) return { samples, leftOut: 0 };
  const away = isSplit ? leftTestHalf(manifest) : notForTests(manifest);
  const named = candidates.filter(({ path }) => away.has(path));
  const same = await Promise.all(named.map(async ({ path }) => (await sha256(await source.read(path))) === away.get(path)));
  const left = new Set(named.filter((_, i) => same[i]));
  return { samples: candidates.filter((sample) => !left.has(sample)), leftOut: left.size };
}

/** Content hashes by path. */
function notForTests(manifest: ContaminationManifest | EarlierManifest): ReadonlyMap<string, string> {
  if (manifest.version === 1) return new Map();
  const tested = new Set(manifest.samples.flatMap(({ split, path }) => (split === 'test' ? path : [])));
  return new Map(
    manifest.samples.flatMap(({ path, sha256 }) => (sha256 === undefined || tested.has(path) ? [] : [[path, sha256] as const])),
  );
}

/** What a run or a detection says about its data set; nothing if it says nothing. */
export async function readManifest(folder: string): Promise<ContaminationManifest | EarlierManifest | undefined> {
  const path = join(folder, 'contamination.json');
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseManifest(text, path);
}
