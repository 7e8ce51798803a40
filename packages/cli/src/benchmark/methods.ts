import { ConfigError } from '@rddpm/core';
import { parseSelection } from '@rddpm/diffusion';
import { LOSS_NAMES } from '@rddpm/losses/config';
import type { NamedConfig, TrainingFlags } from '../options.ts';

export type MethodFlags = Pick<TrainingFlags, 'loss' | 'delta' | 'keep' | 'selection'>;

/** Losses with options, each a method of its own. */
export type OwnMethods = Readonly<Record<string, NamedConfig>>;

/** Every loss with its defaults, by the names that `--methods` and `results.json` use. */
const LOSSES: Readonly<Record<string, MethodFlags>> = Object.fromEntries(
  LOSS_NAMES.map((name) => [name === 'mse' ? 'ddpm' : `rddpm-${name}`, { loss: { name } }]),
);

/** `rddpm-concentrated` trims by the squared error, `rddpm-huber-concentrated` by Huber's, and so on. */
const CONCENTRATED: Readonly<Record<string, MethodFlags>> = Object.fromEntries(
  Object.entries(LOSSES).map(([name, flags]) => [
    `${name === 'ddpm' ? 'rddpm' : name}-concentrated`,
    { ...flags, selection: parseSelection({ name: 'concentrated' }) },
  ]),
);

const METHODS = { ...LOSSES, ...CONCENTRATED };

/** For people. */
export const METHOD_LIST = `${Object.keys(LOSSES).join(', ')}, rddpm-concentrated, and each of the others with -concentrated behind`;

/** What the paper compares. */
export const DEFAULT_METHODS = ['ddpm', 'rddpm-huber', 'rddpm-lts'];

/** The training options of a method, with those of `--delta`, `--keep` and `--selection` that belong to it. */
export function methodFlags(method: string, { delta, keep, selection }: MethodFlags, own: OwnMethods = {}): MethodFlags {
  if (Object.hasOwn(own, method)) return { loss: own[method]! };
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!known) throw new ConfigError(`--methods: '${method}' is unknown; the methods are ${[...Object.keys(own), METHOD_LIST].join(', ')}`);
  if (selection === null) throw new ConfigError('--selection none: leave the concentrated methods out instead');
  return {
    ...known,
    ...(known.loss?.name === 'huber' && delta !== undefined ? { delta } : {}),
    ...(known.loss?.name === 'lts' && keep !== undefined ? { keep } : {}),
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

/** Whether a name is taken, by a method or a baseline. */
export const isMethod = (name: string) => Object.hasOwn(METHODS, name) || name === 'untrained' || name === 'mean-image';
