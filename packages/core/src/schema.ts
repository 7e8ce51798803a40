/** What configs and files hold, checked by zod: values, JSON texts, and the `Schema` that a method carries. */
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js'; // z.locales brings every language
import { shown } from './checks.ts';
import type { JsonSchema, Schema } from './contracts.ts';
import { ConfigError, FormatError } from './errors.ts';

/** @param where Begins messages, such as `'fit: detection'`. @throws {ConfigError} naming each wrong field. */
export function parsed<S extends z.core.$ZodType>(where: string, schema: S, value: unknown): z.output<S> {
  const { data, error } = z.safeParse(schema, value, ENGLISH);
  if (error) throw new ConfigError(`${where}: ${z.prettifyError(error)}`, { cause: error });
  return data as z.output<S>;
}

/** @param source Named in errors, such as the file's path. @throws {FormatError} that names each wrong field of a JSON text. */
export function parseJson<S extends z.core.$ZodType>(schema: S, text: string, source: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source} is not JSON`, { cause });
  }
  const { data, error } = z.safeParse(schema, value, ENGLISH);
  if (error) throw new FormatError(`${source} is not what it should be:\n${z.prettifyError(error)}`, { cause: error });
  return data as z.output<S>;
}

const ENGLISH = { error: english().localeError }; // zod/mini alone says 'Invalid input'

export type ConfigSchemaOptions<T> = {
  /** Begins messages: the method's name. */
  readonly name: string;
  /** What a change of a field calls for. @defaultValue always a new fit */
  readonly affects?: Schema<T>['affects'];
  /** What is to be parsed, of what is given and an earlier config. @defaultValue fields that are given replace those before, at every depth */
  readonly merge?: (value: unknown, before: T | undefined) => unknown;
  /** Paths of fields that an earlier version of the method called otherwise, with their names of today. @defaultValue none */
  readonly earlierNames?: Readonly<Record<string, string>>;
  /** What fields say of each other. @throws {ConfigError} for what doesn't go together. */
  readonly check?: (config: T) => void;
};

/** A zod schema as a method's `config`. */
export function configSchema<S extends z.core.$ZodType>(schema: S, options: ConfigSchemaOptions<z.output<S>>): Schema<z.output<S>> {
  const { name, affects = () => 'fit', merge = (value, before) => merged(before, value), earlierNames = {}, check } = options;
  return {
    parse(value, before) {
      if (value !== undefined && !isRecord(value)) throw new ConfigError(`${name}: its config is ${shown(value)}; it must be an object`);
      const config = parsed(name, schema, merge(renamedFields(value ?? {}, earlierNames), before));
      check?.(config);
      return config;
    },
    get json() {
      return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    },
    earlierNames,
    affects,
  };
}

/**
 * Fields of `changes` over those of `before`, at every depth; lists are replaced whole, undefined changes nothing. What has a `name` is replaced
 * whole by what has another one: its options are its own.
 */
export function merged(before: unknown, changes: unknown): unknown {
  if (changes === undefined) return before;
  if (!isRecord(before) || !isRecord(changes)) return changes;
  if (changes.name !== undefined && before.name !== changes.name) return changes;
  const keys = new Set([...Object.keys(before), ...Object.keys(changes)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(before[key], changes[key])]));
}

/**
 * With fields that an earlier version wrote in the names of this one. A field that is there by both names keeps them, for a schema to refuse.
 *
 * @param fields What is no object is given back. @param names Paths of earlier fields, with today's names: `{ 'training.gradientNorm': 'maxGradientNorm' }`.
 */
export function renamedFields<T>(fields: T, names: Readonly<Record<string, string>>): T {
  return Object.keys(names).length === 0 ? fields : (renamedAt('', fields, names) as T);
}

/** @param at The path of `fields`, with a dot behind. */
function renamedAt(at: string, fields: unknown, names: Readonly<Record<string, string>>): unknown {
  if (!isRecord(fields)) return fields;
  const todays = (name: string) => {
    const now = Object.hasOwn(names, at + name) ? names[at + name]! : name;
    return now in fields ? name : now;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [todays(name), renamedAt(`${at}${name}.`, value, names)]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
