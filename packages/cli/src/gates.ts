/** `--min auroc=0.9`: metrics that have to be reached, or the command fails with exit code 4. */
import type { Scores } from '@rddpm/report';
import { InvalidArgumentError } from 'commander';
import { GateError } from './exit-code.ts';

export type Gate = { readonly group: 'pixel' | 'image'; readonly metric: string; readonly least: number };

const METRICS = {
  pixel: ['auroc', 'averagePrecision', 'auPro30', 'auPro05', 'f1Max'],
  image: ['auroc', 'averagePrecision'],
};

/** `auroc=0.9` means the pixel metric; `image.auroc=0.9` the other. */
export function parseGate(text: string, before: readonly Gate[] = []): Gate[] {
  const [, group = 'pixel', metric = '', least = ''] = /^(?:(pixel|image)\.)?(\w+)=(\S+)$/.exec(text) ?? [];
  const known = METRICS[group as Gate['group']];
  const value = Number(least);
  if (!known.includes(metric) || !(value >= 0 && value <= 1)) {
    const names = Object.entries(METRICS).flatMap(([group, metrics]) => metrics.map((metric) => `${group}.${metric}`));
    throw new InvalidArgumentError(`It must be metric=value with a value in [0, 1]; the metrics are ${names.join(', ')}.`);
  }
  return [...before, { group: group as Gate['group'], metric, least: value }];
}

/** @throws {GateError} naming every metric that is lower, or undefined. */
export function assertGates(gates: readonly Gate[], scores: Scores): void {
  const missed = gates.flatMap(({ group, metric, least }) => {
    const value = (scores[group] as Record<string, number | null>)[metric] ?? null;
    if (value !== null && value >= least) return [];
    const is = value === null ? `undefined (${scores.undefined?.[`${group}.${metric}`] ?? 'no reason known'})` : value.toFixed(4);
    return [`${group}.${metric} is ${is}, --min asks for ${least}`];
  });
  if (missed.length > 0) throw new GateError(missed.join('; '));
}
