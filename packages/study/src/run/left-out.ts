/** Test images that a run was trained on and that, without `--overlap`, have left the test set. */
import { join } from 'node:path';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import { leftTestHalf, parseManifest } from '@rddpm/data';
import * as z from 'zod/mini';
import { sha256 } from './data-set.ts';
import { readTextIfThere } from './maybe-there.ts';

const NAME = 'contamination.json';

/**
 * Paths of the test samples that the `contamination.json` in `folder` says are training images now. Files are compared, not names:
 * another data set may well have a `test/crack/003.png`, too.
 */
export async function leftOutOf(folder: string, source: FileSource, samples: readonly Sample[]): Promise<Set<string>> {
  const file = join(folder, NAME);
  const text = await readTextIfThere(file);
  if (text === undefined) return new Set();
  const hashes = leftTestHalf(parseManifest(text, file));
  const named = samples.filter(({ split, path }) => split === 'test' && hashes.has(path));
  const same = await Promise.all(named.map(async ({ path }) => sha256(await source.read(path)) === hashes.get(path)));
  return new Set(named.filter((_, i) => same[i]).map(({ path }) => path));
}

/** What a run or a detection says about its contamination; nothing if it says nothing. */
export async function readContamination(folder: string) {
  const path = join(folder, NAME);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJson(z.looseObject({}), text, path);
}
