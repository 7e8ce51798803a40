/** How a training set is built: by options, or as a manifest says. */
import { resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import { type DataConfig, manifestAt } from '@rddpm/study';
import type { ContaminationFlags } from './options.ts';

/** What a manifest says, as options. */
const BUILDING = {
  contamination: '--contamination',
  of: '--of',
  overlap: '--overlap',
  kinds: '--kinds',
  spread: '--spread',
  severity: '--severity',
  shortage: '--shortage',
  labelNoise: '--label-noise',
  folds: '--folds',
  fold: '--fold',
  splitList: '--split-list',
};

/**
 * The flags with absolute paths, and with `--manifest` as if what it says had been typed.
 *
 * @returns The ratio as well, where a manifest says it.
 * @throws {ConfigError} for options that `--manifest` takes the place of; {FormatError} for a file that is no manifest.
 */
export async function builtAs<F extends ContaminationFlags & { contamination?: unknown }>(
  flags: F,
  cwd: string,
): Promise<{ readonly flags: F; readonly ratio?: DataConfig['contamination'] }> {
  const { splitList, trust, manifest: path } = flags;
  const placed = {
    ...flags,
    ...(splitList !== undefined && { splitList: resolve(cwd, splitList) }),
    ...(trust !== undefined && { trust: resolve(cwd, trust) }),
  };
  if (path === undefined) return { flags: placed };
  const other = (Object.keys(BUILDING) as (keyof typeof BUILDING)[]).find((name) => flags[name] !== undefined);
  if (other) throw new ConfigError(`--manifest says how the set was built; leave ${BUILDING[other]} out`);
  const manifest = resolve(cwd, path);
  const { ratio, of, overlap, kinds, spread, severity, shortage, labelNoise, split } = (await manifestAt(manifest)).protocol;
  const built: ContaminationFlags = {
    of,
    overlap,
    spread,
    shortage,
    ...(kinds !== null && { kinds: typeof kinds === 'number' ? kinds : [...kinds] }),
    ...(severity && { severity }),
    ...(labelNoise > 0 && { labelNoise }),
    ...(split && 'folds' in split && split),
    manifest,
  };
  return { flags: { ...placed, ...built }, ratio };
}
