/** Test images that a run was trained on and that, without `--overlap`, have left the test set. */
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource, Sample } from '@rddpm/mvtec';
import { type ContaminationFile, sha256 } from './data-set.ts';
import { readTextIfThere } from './run-folder.ts';

/**
 * Paths of the test samples that the `contamination.json` in `folder` says are training images now. Files are compared, not names:
 * another data set may well have a `test/crack/003.png`, too.
 */
export async function leftOutOf(folder: string, source: FileSource, samples: readonly Sample[]): Promise<Set<string>> {
  const path = join(folder, 'contamination.json');
  const text = await readTextIfThere(path);
  if (text === undefined) return new Set();
  const { overlap, sha256: hashes } = parseContamination(text, path);
  if (overlap) return new Set();
  const present = samples.filter((sample) => sample.split === 'test' && hashes[sample.path] !== undefined);
  const same = await Promise.all(present.map(async (sample) => sha256(await source.read(sample.path)) === hashes[sample.path]));
  return new Set(present.filter((_, i) => same[i]).map((sample) => sample.path));
}

function parseContamination(text: string, path: string): Pick<ContaminationFile, 'overlap' | 'sha256'> {
  try {
    const { overlap, sha256 } = JSON.parse(text);
    if (typeof overlap === 'boolean' && typeof sha256 === 'object' && sha256 !== null) return { overlap, sha256 };
  } catch {}
  throw new FormatError(`${path} is not what rddpm train wrote; it must say overlap and sha256`);
}
