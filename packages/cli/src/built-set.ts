/** How a training set is built: by options, or as a manifest says. */
import { resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import { type DataConfig, manifestAt } from '@rddpm/study';
import type { ContaminationFlags } from './options.ts';

/** The options whose values a manifest holds. */
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
 * The flags with absolute paths. With `--manifest`, the flags are as if the values in the manifest had been typed.
 *
 * @returns The flags; and the contamination ratio of the manifest, if there is one.
 * @throws {ConfigError} for options that `--manifest` takes the place of; {FormatError} for a file that is no manifest.
 */
export async function builtAs<F extends ContaminationFlags & { contamination?: unknown }>(
  flags: F,
  cwd: string,
): Promise<{ readonly flags: F; readonly ratio?: DataConfig['contamination'] }> {
  const { splitList, trust, manifest: path } = flags;
  const placed = {
    ...flags,
    splitList: splitList && resolve(cwd, splitList),
    trust: trust && resolve(cwd, trust),
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
    kinds: typeof kinds === 'number' ? kinds : kinds ? [...kinds] : undefined,
    severity: severity ?? undefined,
    labelNoise: labelNoise > 0 ? labelNoise : undefined,
    ...(split && 'folds' in split && split),
    manifest,
  };
  return { flags: { ...placed, ...built }, ratio };
}

/** The options that say which defects are drawn, and how many. */
const DRAWING = ['of', 'overlap', 'kinds', 'spread', 'severity', 'shortage'] as const;

/**
 * @param typed The options that were typed; defaults may have no effect. @param ratios The contaminations, each of a training set of its own.
 * @throws {ConfigError} for an option that has no effect on any of the sets.
 */
export function assertUseful(typed: ContaminationFlags, ratios: readonly DataConfig['contamination'][]): void {
  const { manifest, labelNoise = 0 } = typed;
  if (manifest !== undefined) return; // `builtAs` has refused all others
  const refuse = (names: readonly (typeof DRAWING)[number][], why: string) => {
    const useless = names.find((name) => typed[name] !== undefined);
    if (useless) throw new ConfigError(`${BUILDING[useless]} has no effect: ${why}; leave it out`);
  };
  if (labelNoise > 0) refuse(['of', 'shortage'], '--label-noise takes a share of the defects that there are, in place of a ratio');
  else if (ratios.every((ratio) => ratio === 'natural')) refuse(DRAWING, '--contamination natural takes the defects as they are');
  else if (!ratios.some((ratio) => ratio !== 'natural' && ratio > 0)) refuse(DRAWING, 'no defects are drawn, as --contamination is 0');
}
