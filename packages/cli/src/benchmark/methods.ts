import { ConfigError } from '@rddpm/core';
import type { TrainingFlags } from '../options.ts';
import { parseSelection } from '../selection-config.ts';

/** By the names that `--methods` and `results.json` use. */
export const METHODS: Readonly<Record<string, Pick<TrainingFlags, 'loss' | 'selection'>>> = {
  ddpm: { loss: 'mse' },
  'rddpm-huber': { loss: 'huber' },
  'rddpm-lts': { loss: 'lts' },
  'rddpm-concentrated': { loss: 'mse', selection: parseSelection({ name: 'concentrated' }) },
};

/** What needs no training, and shows what a data set gives away for nothing. */
const BASELINES = ['untrained', 'mean-image'] as const;

/** The training options of a method: its loss, and of `--delta` and `--keep` what belongs to it. */
export function methodFlags(method: string, flags: Pick<TrainingFlags, 'delta' | 'keep' | 'selection'>): TrainingFlags {
  const known = METHODS[method];
  if (!known) throw new ConfigError(`--methods: '${method}' is unknown; the methods are ${Object.keys(METHODS).join(', ')}`);
  const { delta, keep, selection } = flags;
  const { loss } = known;
  return {
    ...known,
    ...(loss === 'huber' && delta !== undefined ? { delta } : {}),
    ...(loss === 'lts' && keep !== undefined ? { keep } : {}),
    ...(known.selection && selection ? { selection } : {}),
  };
}

export function cellFolder({ method, contamination, seed }: { method: string; contamination: number; seed: number }): string {
  return `${method}_contamination-${contamination}_seed-${seed}`;
}

/** Whether a folder in a benchmark's output is one that `cellFolder` names. */
export function isCellFolder(name: string): boolean {
  return [...Object.keys(METHODS), ...BASELINES].some((method) => name.startsWith(`${method}_contamination-`));
}
