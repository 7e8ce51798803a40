/** `--min auroc=0.9`: metrics that have to be reached, or the command fails with exit code 4. */
import { METRICS, type MetricInfo, readMetric } from '@rddpm/metrics';
import type { ResultScores } from '@rddpm/report';
import { InvalidArgumentError } from 'commander';
import { GateError } from './exit-code.ts';

export type Gate = { readonly metric: MetricInfo; readonly least: number };

const GATED = METRICS.filter(({ higherIsBetter }) => higherIsBetter);

/** `auroc=0.9` means the pixel metric; `image.auroc=0.9` the other. */
export function parseGate(text: string, before: readonly Gate[] = []): Gate[] {
  const [, level = 'pixel', name = '', least = ''] = /^(?:(pixel|image)\.)?(\w+)=(\S+)$/.exec(text) ?? [];
  const metric = GATED.find(({ path }) => path === `${level}.${name}`);
  const value = Number(least);
  if (metric && value >= 0 && value <= 1) return [...before, { metric, least: value }];
  const paths = GATED.map(({ path }) => path).join(', ');
  throw new InvalidArgumentError(`It must be metric=value with a value in [0, 1]; the metrics are ${paths}.`);
}

/** @throws {GateError} naming every metric that is lower, or undefined. */
export function assertGates(gates: readonly Gate[], scores: ResultScores): void {
  const missed = gates.flatMap(({ metric, least }) => {
    const { path } = metric;
    const value = readMetric(scores, metric);
    if (value !== null && value >= least) return [];
    const is = value === null ? `undefined (${scores.undefined?.[path] ?? 'no reason known'})` : value.toFixed(4);
    return [`${path} is ${is}, --min asks for ${least}`];
  });
  if (missed.length > 0) throw new GateError(missed.join('; '));
}
