/** Losses by name: what config files and checkpoints hold. Apart from the main entry, which does without zod. */
import { ConfigError, type Loss, type StatefulLoss, shown } from '@rddpm/core';
import * as z from 'zod/mini';
import { l1Loss } from './absolute.ts';
import { adaptiveLoss } from './adaptive.ts';
import { barronLoss } from './barron.ts';
import { cauchyLoss } from './cauchy.ts';
import { clippedMseLoss } from './clipped-mse.ts';
import { gemanMcclureLoss } from './geman-mcclure.ts';
import { huberLoss } from './huber.ts';
import { logCoshLoss } from './log-cosh.ts';
import { ltsLoss } from './lts.ts';
import { mseLoss } from './mse.ts';
import { pseudoHuberLoss } from './pseudo-huber.ts';
import { smoothL1Loss } from './smooth-l1.ts';
import { tukeyLoss } from './tukey.ts';
import { welschLoss } from './welsch.ts';

const POSITIVE = 'must be a finite number above 0';
const DELTA = 'must be a number from 0, or "Infinity"';
const ALPHA = 'must be a number, "Infinity" or "-Infinity"';
const KEEP = 'must be a number above 0 and at most 1';
const FORM = 'must be "classical" or "diffusers"';
const ADAPTIVE = 'must be true or false';

// JSON has no infinite numbers
const delta = z._default(z.union([z.number().check(z.gte(0)), z.literal('Infinity')], DELTA), 0.2);
const alpha = z._default(z.union([z.number(), z.enum(['Infinity', '-Infinity'])], ALPHA), 1);
const scale = (byDefault: number) => z._default(z.number(POSITIVE).check(z.gt(0, POSITIVE)), byDefault);

// Defaults are for residuals of deviation 0.2, about what a trained network leaves of noise of deviation 1: 0.2 · EFFICIENCY_95, rounded.
const SCHEMAS = [
  z.strictObject({ name: z.literal('mse') }),
  z.strictObject({ name: z.literal('l1') }),
  z.strictObject({ name: z.literal('huber'), delta }),
  z.strictObject({ name: z.literal('smooth-l1'), delta }),
  z.strictObject({ name: z.literal('pseudo-huber'), delta, form: z._default(z.enum(['classical', 'diffusers'], FORM), 'classical') }),
  z.strictObject({ name: z.literal('log-cosh'), scale: scale(0.25) }),
  z.strictObject({ name: z.literal('cauchy'), scale: scale(0.5) }),
  z.strictObject({ name: z.literal('geman-mcclure'), scale: scale(0.75) }),
  z.strictObject({ name: z.literal('welsch'), scale: scale(0.6) }),
  z.strictObject({ name: z.literal('tukey'), scale: scale(1) }),
  z.strictObject({ name: z.literal('barron'), alpha, scale: scale(0.2), adaptive: z._default(z.boolean(ADAPTIVE), false) }),
  z.strictObject({ name: z.literal('clipped-mse'), scale: scale(0.55) }),
  z.strictObject({ name: z.literal('lts'), keep: z._default(z.number(KEEP).check(z.gt(0, KEEP), z.lte(1, KEEP)), 0.8) }),
] as const;

/** Fills in the defaults. */
export const lossConfigSchema = z.discriminatedUnion('name', SCHEMAS);

/** `{ name: 'mse' }`, `{ name: 'huber', delta: 0.2 }`, `{ name: 'barron', alpha: 0.5, scale: 0.3, adaptive: true }`, … */
export type LossConfig = z.input<typeof lossConfigSchema>;

/** The JSON schema (draft 2020-12) of what `createLoss` takes, for editors and for checks in other languages. */
export const lossJsonSchema = z.toJSONSchema(lossConfigSchema, { io: 'input' });

type Resolved = z.output<typeof lossConfigSchema>;

const NAMES = SCHEMAS.map((schema) => schema.shape.name.def.values[0]!);

/**
 * The loss that a config describes: a `StatefulLoss` for `{ name: 'barron', adaptive: true }`, where `alpha` and `scale` are what learning starts from.
 *
 * @throws {ConfigError} naming the field that is unknown or out of range, with the loss's name that was probably meant.
 */
export function createLoss(config: LossConfig): Loss | StatefulLoss {
  const { data, error } = lossConfigSchema.safeParse(config);
  if (error) throw new ConfigError(`createLoss: ${explained(error.issues[0]!, config)}`, { cause: error });
  if (data.name !== 'barron' || !data.adaptive) return elementWiseOrTrimmed(data);
  return adaptiveLoss({ alpha: Number(data.alpha), scale: data.scale });
}

function elementWiseOrTrimmed(config: Resolved): Loss {
  switch (config.name) {
    case 'mse':
      return mseLoss;
    case 'l1':
      return (prediction, target) => l1Loss(prediction, target);
    case 'huber':
      return (prediction, target) => huberLoss(prediction, target, { delta: Number(config.delta) });
    case 'smooth-l1':
      return (prediction, target) => smoothL1Loss(prediction, target, { delta: Number(config.delta) });
    case 'pseudo-huber':
      return (prediction, target) => pseudoHuberLoss(prediction, target, { delta: Number(config.delta), form: config.form });
    case 'log-cosh':
      return (prediction, target) => logCoshLoss(prediction, target, { scale: config.scale });
    case 'cauchy':
      return (prediction, target) => cauchyLoss(prediction, target, { scale: config.scale });
    case 'geman-mcclure':
      return (prediction, target) => gemanMcclureLoss(prediction, target, { scale: config.scale });
    case 'welsch':
      return (prediction, target) => welschLoss(prediction, target, { scale: config.scale });
    case 'tukey':
      return (prediction, target) => tukeyLoss(prediction, target, { scale: config.scale });
    case 'barron':
      return (prediction, target) => barronLoss(prediction, target, { alpha: Number(config.alpha), scale: config.scale });
    case 'clipped-mse':
      return (prediction, target) => clippedMseLoss(prediction, target, { scale: config.scale });
    case 'lts':
      return (prediction, target) => ltsLoss(prediction, target, { keep: config.keep });
  }
}

function explained(issue: z.core.$ZodIssue, config: unknown): string {
  if (typeof config !== 'object' || config === null) return `the config is ${shown(config)}; it must be like { "name": "huber" }`;
  const given = config as Readonly<Record<string, unknown>>;
  if (issue.code === 'unrecognized_keys') return `unknown field '${issue.keys[0]}' of the loss '${given.name}'`;
  const field = String(issue.path[0]);
  if (field !== 'name') return `${field} is ${shown(given[field])}; it ${issue.message}`;
  return `unknown loss ${shown(given.name)}; ${suggestion(String(given.name))}it must be one of ${NAMES.join(', ')}`;
}

function suggestion(given: string): string {
  const [nearest] = NAMES.map((name) => ({ name, distance: editDistance(name, given) })).sort((a, b) => a.distance - b.distance);
  return nearest!.distance <= Math.max(2, nearest!.name.length / 3) ? `did you mean '${nearest!.name}'? ` : '';
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
