/** Test images that a run was trained on and that, without `--overlap`, have left the test set. */
import { join } from 'node:path';
import type { FileSource, Sample } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import * as z from 'zod/mini';
import { sha256 } from './data-set.ts';
import { readTextIfThere } from './maybe-there.ts';

const contaminationSchema = z.looseObject({ overlap: z.boolean(), sha256: z.record(z.string(), z.string()) });

/**
 * Paths of the test samples that the `contamination.json` in `folder` says are training images now. Files are compared, not names:
 * another data set may well have a `test/crack/003.png`, too.
 */
export async function leftOutOf(folder: string, source: FileSource, samples: readonly Sample[]): Promise<Set<string>> {
  const contamination = await readContamination(folder);
  if (!contamination || contamination.overlap) return new Set();
  const { sha256: hashes } = contamination;
  const named = samples.filter(({ split, path }) => split === 'test' && hashes[path] !== undefined);
  const same = await Promise.all(named.map(async ({ path }) => sha256(await source.read(path)) === hashes[path]));
  return new Set(named.filter((_, i) => same[i]).map(({ path }) => path));
}

/** What a run or a detection says about its contamination; nothing if it says nothing. */
export async function readContamination(folder: string) {
  const path = join(folder, 'contamination.json');
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJson(contaminationSchema, text, path);
}
