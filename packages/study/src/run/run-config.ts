/** `config.json`: everything that decides how a run comes out, resolved, so that the file alone is enough to repeat it. */
import { ConfigError, FormatError } from '@rddpm/core';
import type { Method, Smoothing } from '@rddpm/core/contracts';
import { preparationSchema, smoothingSchema } from '@rddpm/core/model-info';
import { parseJson } from '@rddpm/core/schema';
import { DEFAULT_FOLDS, FITS, SHORTAGES, SPREADS } from '@rddpm/data';
import { CALIBRATIONS, DEFAULT_FALSE_ALARMS } from '@rddpm/maps';
import * as z from 'zod/mini';
import { methodNamed, type Registry } from '../registry.ts';

const count = z.int().check(z.gte(1));
const sizeFields = { width: count, height: count };

/** Which images are training images, and which defective ones are among them. What runs of earlier versions don't say was as the defaults are. */
const contaminationFields = {
  contamination: z.union([z.number().check(z.gte(0)), z.literal('natural')]),
  of: z.enum(['normals', 'total']),
  overlap: z.boolean(),
  kinds: z.optional(z.union([count, z.array(z.string())])),
  spread: z._default(z.enum(SPREADS), 'images'),
  severity: z.optional(z.strictObject({ least: z.exactOptional(z.number()), most: z.exactOptional(z.number()) })),
  shortage: z._default(z.enum(SHORTAGES), 'error'),
  labelNoise: z.optional(z.number().check(z.gte(0), z.lt(1))),
  folds: z._default(z.int().check(z.gte(2)), DEFAULT_FOLDS),
  fold: z._default(z.int().check(z.gte(0)), 0),
  /** Files, absolute. */
  splitList: z.optional(z.string()),
  manifest: z.optional(z.string()),
  /** The folder of a run, absolute: only what its model trusts is learnt from. */
  trust: z.optional(z.string()),
};

/** The data set's part of a config. */
const dataConfigSchema = z.strictObject({
  /** What pictures are resized to, and maps are scored at. */
  size: z.strictObject(sizeFields),
  channels: z.literal([1, 3]),
  /** Runs of earlier versions, which don't say it, stretched their pictures. */
  fit: z._default(z.enum(FITS), 'stretch'),
  /** What becomes black and white of pictures of 16 bits and of floats: what the training set has, or, in earlier versions, all that their type has. */
  ranges: z._default(z.enum(['measured', 'type']), 'type'),
  crop: z.optional(preparationSchema.shape.crop),
  tiles: z.optional(preparationSchema.shape.tiles),
  ...contaminationFields,
  skipBroken: z.boolean(),
});

export type DataConfig = z.output<typeof dataConfigSchema>;

const schema = z.strictObject({
  version: z.literal(2),
  /** The data set's folder, absolute. */
  dataset: z.string(),
  /** How its files are arranged, by name. @defaultValue as the layout has it that recognises them */
  layout: z.optional(z.string()),
  seed: z.int().check(z.gte(0)),
  data: dataConfigSchema,
  method: z.string(),
  /** The method's own. */
  config: z.unknown(),
  /** What maps are measured by. Runs of earlier versions, which don't say it, had nothing. */
  calibration: z._default(z.enum(CALIBRATIONS), 'none'),
  /** The share of good images that the threshold is to call anomalous. */
  falseAlarms: z._default(z.number().check(z.gt(0), z.lt(0.5)), DEFAULT_FALSE_ALARMS),
  smoothing: smoothingSchema,
  /** What computes, by name; the same results, up to rounding, on all of them. */
  backend: z.string(),
});

export type RunConfig = Omit<z.output<typeof schema>, 'smoothing'> & { readonly smoothing: Smoothing };

/** They may change between a run and its continuation: the steps already done come out the same. */
const FREE_ON_RESUME = ['backend'];

/** Where files are, which may have moved: a manifest that names every file tells by their content whether they are the same. */
const PLACES = ['dataset', 'data.splitList', 'data.manifest', 'data.trust'];

/**
 * The config of a run, with the method's fields as its schema has them now.
 *
 * @param known The method's name, where a file of version 1 doesn't say it.
 * @throws {FormatError} if `text` is not what a run wrote, unknown keys included; {ConfigError} if its method is not among the registry's.
 */
export function parseRunConfig(text: string, source: string, registry: Registry, known?: string): RunConfig {
  const { version } = parseJson(z.looseObject({ version: z.literal([1, 2]) }), text, source);
  const upgraded = version === 1 && registry.upgradeConfig ? JSON.stringify(registry.upgradeConfig(JSON.parse(text), known)) : text;
  const config = parseJson(schema, upgraded, source);
  const method = methodNamed(registry, config.method, source);
  try {
    return { ...config, config: method.config.parse(config.config) };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new FormatError(`${source} is not what rddpm writes: ${cause.message}`, { cause });
  }
}

/**
 * @param manifest Of the run: with one that names every file, the data set may be elsewhere now.
 * @throws {ConfigError} naming the first field in which a continuation differs from its run.
 */
export function assertSameRun(
  stored: RunConfig,
  wanted: RunConfig,
  source: string,
  { config }: Pick<Method, 'config'>,
  manifest?: { readonly version: 1 | 2 },
): void {
  for (const { field, before, now } of differences(stored, wanted)) {
    const own = field.startsWith(OWN) && wanted.method === stored.method;
    const affected = own ? config.affects(field.slice(OWN.length), stored.config) : undefined;
    if (FREE_ON_RESUME.includes(field) || affected === 'continuation' || affected === 'nothing') continue;
    if (manifest?.version === 2 && PLACES.includes(field) && before !== undefined && now !== undefined) continue;
    throw new ConfigError(
      `--resume: ${field} is ${before ?? 'not set'} in ${source} but ${now ?? 'not set'} here; ` +
        'leave the option out to go on as before, or use another folder',
    );
  }
}

const OWN = 'config.';

/** Whether two configs of a method ask for the same fit, as many steps included. */
export function sameFit(method: Pick<Method, 'config'>, a: unknown, b: unknown): boolean {
  return affected(method, a, b).every((what) => what === 'score' || what === 'nothing');
}

/** Whether models of one fit give the same scores by two configs. */
export function sameScores(method: Pick<Method, 'config'>, a: unknown, b: unknown): boolean {
  return affected(method, a, b).every((what) => what === 'nothing');
}

function affected({ config }: Pick<Method, 'config'>, a: unknown, b: unknown): ReturnType<Method['config']['affects']>[] {
  return differences({ config: a }, { config: b }).map(({ field }) => config.affects(field.slice(OWN.length), a));
}

type Difference = { readonly field: string; readonly before: string | undefined; readonly now: string | undefined };

/** `{ config: { loss: { delta: 0.2 } } }` has the field 'config.loss.delta'. What is an object on one side only stays whole. */
function differences(before: unknown, now: unknown, field = ''): Difference[] {
  if (isRecord(before) && isRecord(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => differences(before[key], now[key], field ? `${field}.${key}` : key));
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(now)];
  return was === is ? [] : [{ field, before: was, now: is }];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
