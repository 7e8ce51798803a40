import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

const PLACES = [process.env.RDDPM_DATA, join(import.meta.dirname, '../../../../shared/data')];

/** The folder of a category of MVTec AD on this machine; without it the test is skipped, and says why. */
export function realCategory(name: string, context: TestContext): string {
  return realFolder(`mvtec/${name}`, context);
}

/** A folder of real data, as `$RDDPM_DATA` has them; without it the test is skipped, and says why. */
export function realFolder(path: string, context: TestContext): string {
  const folders = PLACES.flatMap((place) => (place ? [join(place, path)] : []));
  const found = folders.find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  const reason = `${path} is not here: set RDDPM_DATA to the folder that holds it`;
  console.warn(`skipped: ${reason}`);
  return context.skip(reason);
}
