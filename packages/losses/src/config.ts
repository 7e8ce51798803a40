/** Losses by name: what config files and checkpoints hold. Apart from the main entry, which does without zod. */
import { ConfigError, type Loss } from '@rddpm/core';
import * as z from 'zod/mini';
import { huberLoss } from './huber.ts';
import { ltsLoss } from './lts.ts';
import { mseLoss } from './mse.ts';

const DELTA = 'must be a finite number above 0';
const KEEP = 'must be a number above 0 and at most 1';

const mse = z.strictObject({ name: z.literal('mse') });
const huber = z.strictObject({ name: z.literal('huber'), delta: z._default(z.number(DELTA).check(z.gt(0, DELTA)), 0.2) });
const lts = z.strictObject({ name: z.literal('lts'), keep: z._default(z.number(KEEP).check(z.gt(0, KEEP), z.lte(1, KEEP)), 0.8) });

/** Fills in the defaults: δ 0.2, keep 0.8. */
export const lossConfigSchema = z.discriminatedUnion('name', [mse, huber, lts]);

/** `{ name: 'mse' }`, `{ name: 'huber', delta: 0.2 }` or `{ name: 'lts', keep: 0.8 }`. */
export type LossConfig = z.input<typeof lossConfigSchema>;

const NAMES = [mse, huber, lts].map((schema) => schema.shape.name.def.values[0]!);

/**
 * The loss that a config describes.
 *
 * @throws {ConfigError} naming the field that is unknown or out of range, with the loss's name that was probably meant.
 */
export function createLoss(config: LossConfig): Loss {
  const { data, error } = lossConfigSchema.safeParse(config);
  if (error) throw new ConfigError(`createLoss: ${explained(error.issues[0]!, config)}`, { cause: error });
  switch (data.name) {
    case 'mse':
      return mseLoss;
    case 'huber':
      return (prediction, target) => huberLoss(prediction, target, { delta: data.delta });
    case 'lts':
      return (prediction, target) => ltsLoss(prediction, target, { keep: data.keep });
  }
}

function explained(issue: z.core.$ZodIssue, config: unknown): string {
  if (typeof config !== 'object' || config === null) return `the config is ${JSON.stringify(config)}; it must be like { "name": "huber" }`;
  const given = config as Readonly<Record<string, unknown>>;
  if (issue.code === 'unrecognized_keys') return `unknown field '${issue.keys[0]}' of the loss '${given.name}'`;
  const field = String(issue.path[0]);
  if (field !== 'name') return `${field} is ${JSON.stringify(given[field])}; it ${issue.message}`;
  const meant = NAMES.find((name) => editDistance(name, String(given.name)) <= 2);
  return `unknown loss ${JSON.stringify(given.name)}; ${meant ? `did you mean '${meant}'? ` : ''}it must be one of ${NAMES.join(', ')}`;
}

/** How many letters are to be inserted, removed or replaced. Levenshtein (1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
