/** Losses by name: what config files and checkpoints hold. Apart from the main entry, which does without zod. */
import { ConfigError, type Loss, type LossContext, type StatefulLoss, shown } from '@rddpm/core';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { l1Loss } from './element-wise/absolute.ts';
import { adaptiveLoss } from './element-wise/adaptive.ts';
import { barronLoss } from './element-wise/barron.ts';
import { cauchyLoss } from './element-wise/cauchy.ts';
import { clippedMseLoss } from './element-wise/clipped-mse.ts';
import { gemanMcclureLoss } from './element-wise/geman-mcclure.ts';
import { huberLoss } from './element-wise/huber.ts';
import { logCoshLoss } from './element-wise/log-cosh.ts';
import { mseLoss } from './element-wise/mse.ts';
import { pseudoHuberLoss } from './element-wise/pseudo-huber.ts';
import { smoothL1Loss } from './element-wise/smooth-l1.ts';
import { tukeyLoss } from './element-wise/tukey.ts';
import { welschLoss } from './element-wise/welsch.ts';
import type { Reduced, Reduction } from './reduction.ts';
import { CHANGING, changingScaleSchema, scaleOf } from './scales/scale-config.ts';
import { blockLtsLoss } from './trimmed/block-lts.ts';
import { elementLtsLoss } from './trimmed/element-lts.ts';
import { keepSchema as keep, keepAt } from './trimmed/keep-config.ts';
import { ltsLoss } from './trimmed/lts.ts';
import { winsorizedLoss } from './trimmed/winsorized.ts';
import { weighted, weightingSchema } from './weighting/weighting-config.ts';

const SCALE = `must be a finite number above 0, or ${CHANGING}`;
const DELTA = `must be a number from 0, "Infinity", ${CHANGING}`;
const ALPHA = 'must be a number, "Infinity" or "-Infinity"';
const BLOCK = 'must be a whole number of at least 1';
const OVER = 'must be "samples" or "elements"';
const FORM = 'must be "classical" or "diffusers"';
const ADAPTIVE = 'must be true or false';

// JSON has no infinite numbers
const delta = z._default(z.union([z.number().check(z.gte(0, DELTA)), z.literal('Infinity'), changingScaleSchema], DELTA), 0.2);
const alpha = z._default(z.union([z.number(), z.enum(['Infinity', '-Infinity'])], ALPHA), 1);
const scale = (byDefault: number) => z._default(z.union([z.number().check(z.gt(0, SCALE)), changingScaleSchema], SCALE), byDefault);
const weighting = z.optional(weightingSchema);

// Defaults are for residuals of deviation 0.2, about what a trained network leaves of noise of deviation 1: 0.2 · EFFICIENCY_95, rounded.
const SCHEMAS = [
  z.strictObject({ name: z.literal('mse'), weighting }),
  z.strictObject({ name: z.literal('l1'), weighting }),
  z.strictObject({ name: z.literal('huber'), delta, weighting }),
  z.strictObject({ name: z.literal('smooth-l1'), delta, weighting }),
  z.strictObject({
    name: z.literal('pseudo-huber'),
    delta,
    form: z._default(z.enum(['classical', 'diffusers'], FORM), 'classical'),
    weighting,
  }),
  z.strictObject({ name: z.literal('log-cosh'), scale: scale(0.25), weighting }),
  z.strictObject({ name: z.literal('cauchy'), scale: scale(0.5), weighting }),
  z.strictObject({ name: z.literal('geman-mcclure'), scale: scale(0.75), weighting }),
  z.strictObject({ name: z.literal('welsch'), scale: scale(0.6), weighting }),
  z.strictObject({ name: z.literal('tukey'), scale: scale(1), weighting }),
  z.strictObject({ name: z.literal('barron'), alpha, scale: scale(0.2), adaptive: z._default(z.boolean(ADAPTIVE), false), weighting }),
  z.strictObject({ name: z.literal('clipped-mse'), scale: scale(0.55), weighting }),
  z.strictObject({ name: z.literal('lts'), keep, over: z._default(z.enum(['samples', 'elements'], OVER), 'samples') }),
  z.strictObject({ name: z.literal('block-lts'), keep, block: z._default(z.int(BLOCK).check(z.gte(1, BLOCK)), 8) }),
  z.strictObject({ name: z.literal('winsorized'), keep }),
] as const;

/** Fills in the defaults. */
export const lossConfigSchema = z.discriminatedUnion('name', SCHEMAS);

/** `{ name: 'mse' }`, `{ name: 'huber', delta: 0.2 }`, `{ name: 'barron', alpha: 0.5, scale: 0.3, adaptive: true }`, … */
export type LossConfig = z.input<typeof lossConfigSchema>;

/** The JSON schema (draft 2020-12) of what `createLoss` takes, for editors and for checks in other languages. */
export const lossJsonSchema = z.toJSONSchema(lossConfigSchema, { io: 'input' });

type Resolved = z.output<typeof lossConfigSchema>;

/** Of all losses, as configs call them. */
export const LOSS_NAMES = SCHEMAS.map((schema) => schema.shape.name.def.values[0]!);

/**
 * The loss that a config describes: a `StatefulLoss` for `{ name: 'barron', adaptive: true }`, where `alpha` and `scale` are what learning
 * starts from, and for the weightings `normalized-lts` and `image-trust`.
 *
 * @throws {ConfigError} naming the field that is unknown or out of range, with the loss's name that was probably meant.
 */
export function createLoss(config: LossConfig): Loss | StatefulLoss {
  const { data, error } = lossConfigSchema.safeParse(config);
  if (error) throw new ConfigError(`createLoss: ${explained(error.issues[0]!, config)}`, { cause: error });
  if (data.name === 'barron' && data.adaptive) return adaptiveOf(data);
  if (isTrimmed(data)) return trimmed(data);
  const { weighting } = data;
  if (weighting) return weighted((prediction, target, context) => elementWise(data, prediction, target, context, 'per-sample'), weighting);
  return (prediction, target, context) => elementWise(data, prediction, target, context, 'mean');
}

type Trimmed = Extract<Resolved, { keep: unknown }>;
type ElementWise = Exclude<Resolved, Trimmed>;

const isTrimmed = (config: Resolved): config is Trimmed => 'keep' in config;

function adaptiveOf({ alpha, scale, weighting }: Extract<Resolved, { adaptive: boolean }>): StatefulLoss {
  if (typeof scale !== 'number') throw new ConfigError(`createLoss: scale is ${shown(scale)}; with "adaptive": true it must be a number`);
  if (weighting) throw new ConfigError(`createLoss: weighting is ${shown(weighting)}; it doesn't go with "adaptive": true`);
  return adaptiveLoss({ alpha: Number(alpha), scale });
}

function trimmed(config: Trimmed): Loss {
  const keep = (context: LossContext) => keepAt(config.keep, context);
  switch (config.name) {
    case 'lts': {
      const loss = config.over === 'samples' ? ltsLoss : elementLtsLoss;
      return (prediction, target, context) => tidy(() => loss(prediction, target, { keep: keep(context) }));
    }
    case 'block-lts':
      return (prediction, target, context) => tidy(() => blockLtsLoss(prediction, target, { keep: keep(context), block: config.block }));
    case 'winsorized':
      return (prediction, target, context) => tidy(() => winsorizedLoss(prediction, target, { keep: keep(context) }));
  }
}

function elementWise<R extends Reduction>(
  config: ElementWise,
  prediction: Tensor,
  target: Tensor,
  context: LossContext,
  reduction: R,
): Reduced<R> {
  return tidy(() => {
    const threshold = 'delta' in config ? config.delta : 'scale' in config ? config.scale : 0;
    const scale = scaleOf(threshold, prediction, target, context);
    switch (config.name) {
      case 'mse':
        return mseLoss(prediction, target, { reduction });
      case 'l1':
        return l1Loss(prediction, target, { reduction });
      case 'huber':
        return huberLoss(prediction, target, { delta: scale, reduction });
      case 'smooth-l1':
        return smoothL1Loss(prediction, target, { delta: scale, reduction });
      case 'pseudo-huber':
        return pseudoHuberLoss(prediction, target, { delta: scale, form: config.form, reduction });
      case 'log-cosh':
        return logCoshLoss(prediction, target, { scale, reduction });
      case 'cauchy':
        return cauchyLoss(prediction, target, { scale, reduction });
      case 'geman-mcclure':
        return gemanMcclureLoss(prediction, target, { scale, reduction });
      case 'welsch':
        return welschLoss(prediction, target, { scale, reduction });
      case 'tukey':
        return tukeyLoss(prediction, target, { scale, reduction });
      case 'barron':
        return barronLoss(prediction, target, { alpha: Number(config.alpha), scale, reduction });
      case 'clipped-mse':
        return clippedMseLoss(prediction, target, { scale, reduction });
    }
  });
}

function explained(issue: z.core.$ZodIssue, config: unknown): string {
  if (typeof config !== 'object' || config === null) return `the config is ${shown(config)}; it must be like { "name": "huber" }`;
  const given = config as Readonly<Record<string, unknown>>;
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `unknown field '${issue.keys[0]}' of ${field || `the loss '${given.name}'`}`;
  if (field !== 'name') return `${field} is ${shown(valueAt(given, issue.path))}; it ${issue.message}`;
  return `unknown loss ${shown(given.name)}; ${suggestion(String(given.name))}it must be one of ${LOSS_NAMES.join(', ')}`;
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
