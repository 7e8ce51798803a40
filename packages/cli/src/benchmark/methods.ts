import { ConfigError } from '@rddpm/core';
import { LOSS_NAMES } from '@rddpm/losses/config';
import type { NamedConfig, TrainingFlags } from '../options.ts';
import { parseSelection } from '../selection-config.ts';

export type MethodFlags = Pick<TrainingFlags, 'loss' | 'delta' | 'keep' | 'selection'>;

/** Losses with options, each a method of its own. */
export type OwnMethods = Readonly<Record<string, NamedConfig>>;

/** Every loss with its defaults, and concentrated trimming; by the names that `--methods` and `results.json` use. */
const METHODS: Readonly<Record<string, MethodFlags>> = {
  ...Object.fromEntries(LOSS_NAMES.map((name) => [name === 'mse' ? 'ddpm' : `rddpm-${name}`, { loss: { name } }])),
  'rddpm-concentrated': { loss: { name: 'mse' }, selection: parseSelection({ name: 'concentrated' }) },
};

export const METHOD_NAMES = Object.keys(METHODS);

/** What the paper compares. */
export const DEFAULT_METHODS = ['ddpm', 'rddpm-huber', 'rddpm-lts'];

/** The training options of a method, with those of `--delta`, `--keep` and `--selection` that belong to it. */
export function methodFlags(method: string, { delta, keep, selection }: MethodFlags, own: OwnMethods = {}): MethodFlags {
  if (own[method]) return { loss: own[method] };
  const known = METHODS[method];
  if (!known)
    throw new ConfigError(`--methods: '${method}' is unknown; the methods are ${[...METHOD_NAMES, ...Object.keys(own)].join(', ')}`);
  return {
    ...known,
    ...(method === 'rddpm-huber' && delta !== undefined ? { delta } : {}),
    ...(method === 'rddpm-lts' && keep !== undefined ? { keep } : {}),
    ...(known.selection && selection ? { selection } : {}),
  };
}

export function cellFolder({ method, contamination, seed }: { method: string; contamination: number; seed: number }): string {
  return `${method}_contamination-${contamination}_seed-${seed}`;
}

/** Whether a folder in a benchmark's output is one that `cellFolder` names. */
export function isCellFolder(name: string): boolean {
  return /_contamination-[\d.e-]+_seed-\d+$/.test(name);
}
