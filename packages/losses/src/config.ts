/** Losses by name: what config files and checkpoints hold. Apart from the main entry, which does without zod. */
import { ConfigError, type Loss, type StatefulLoss, shown } from '@rddpm/core';
import * as z from 'zod/mini';
import { LOSS_CONFIGS } from './loss-configs.ts';
import { upgradeWeighting } from './weighting/weighting-config.ts';

export { WEIGHTING_NAMES } from './weighting/weighting-config.ts';

type Definition = (typeof LOSS_CONFIGS)[number];
type Schema = Definition['schema'];

const currentSchema = z.discriminatedUnion('name', LOSS_CONFIGS.map(({ schema }) => schema) as unknown as readonly [Schema, ...Schema[]]);

/** Fills in the defaults. Configs with the fields `share` and `warmup` of earlier versions load as well. */
export const lossConfigSchema = z.pipe(z.transform(upgraded), currentSchema);

/** `{ name: 'mse' }`, `{ name: 'huber', delta: 0.2 }`, `{ name: 'barron', alpha: 0.5, scale: 0.3, adaptive: true }`, … */
export type LossConfig = z.input<typeof currentSchema>;

/** With all defaults filled in. */
export type ResolvedLossConfig = z.output<typeof currentSchema>;

/** The JSON schema (draft 2020-12) of what `createLoss` takes, for editors and for checks in other languages. */
export const lossJsonSchema = z.toJSONSchema(currentSchema, { io: 'input' });

/** Of all losses, as configs call them. */
export const LOSS_NAMES = LOSS_CONFIGS.map(({ name }) => name);

/**
 * The loss that a config describes: a `StatefulLoss` for `{ name: 'barron', adaptive: true }`, where `alpha` and `scale` are what learning
 * starts from, and for the weightings `normalized-lts` and `image-trust`.
 *
 * Defaults suit diffusion and differ from those of the functions: `{ name: 'huber' }` has a `delta` of 0.2, `huberLoss` one of 1.
 *
 * @throws {ConfigError} naming the field that is unknown or out of range, or the loss's name that was probably meant.
 */
export function createLoss(config: LossConfig): Loss | StatefulLoss {
  return lossOf(resolveLossConfig(config));
}

/**
 * A config, checked and with its defaults filled in, for `lossOf`.
 *
 * @throws {ConfigError} as `createLoss`.
 */
export function resolveLossConfig(config: unknown): ResolvedLossConfig {
  const given = upgraded(config);
  const { data, error } = currentSchema.safeParse(given);
  if (error) throw new ConfigError(`createLoss: ${explained(error.issues[0]!, given)}`, { cause: error });
  return data;
}

/** The loss of a config that has been through `resolveLossConfig`; it isn't checked again. */
export function lossOf(config: ResolvedLossConfig): Loss | StatefulLoss {
  const { create } = LOSS_CONFIGS.find(({ name }) => name === config.name)!;
  return (create as (config: ResolvedLossConfig) => Loss | StatefulLoss)(config);
}

/** A config of an earlier version as one of this. */
function upgraded(config: unknown): unknown {
  if (!isRecord(config) || !isRecord(config.weighting)) return config;
  return { ...config, weighting: upgradeWeighting(config.weighting) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function explained(issue: z.core.$ZodIssue, config: unknown): string {
  if (!isRecord(config)) return `the config is ${shown(config)}; it must be like { "name": "huber" }`;
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `unknown field '${issue.keys[0]}' of ${field || `the loss '${config.name}'`}`;
  if (field !== 'name') return `${field} is ${shown(valueAt(config, issue.path))}; it ${issue.message}`;
  return `unknown loss ${shown(config.name)}; ${suggestion(String(config.name))}it must be one of ${LOSS_NAMES.join(', ')}`;
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key], config);
}

function suggestion(given: string): string {
  const [nearest] = LOSS_NAMES.map((name) => ({ name, distance: editDistance(name, given) })).sort((a, b) => a.distance - b.distance);
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
