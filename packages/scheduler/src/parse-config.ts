import { ConfigError, shown } from '@rddpm/core';
import * as z from 'zod/mini';

const NUMBER = 'must be a finite number';
const FLAG = 'must be true or false';
const COUNT = 'must be a whole number from 1 to 1000000';

export const number = z.number(NUMBER);
export const flag = z.boolean(FLAG);
/** Bounded, so that a slip of the pen doesn't allocate gigabytes. */
export const count = z.int(COUNT).check(z.gte(1, COUNT), z.lte(1_000_000, COUNT));

export function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, `must be one of ${names.join(', ')}`);
}

/** @throws {ConfigError} naming the first field that is unknown or wrong, its value, and what would be right. */
export function parseConfig<Schema extends z.ZodMiniType>(where: string, schema: Schema, config: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(config);
  if (error) throw new ConfigError(`${where}: ${explained(error.issues[0]!, config)}`, { cause: error });
  return data as z.output<Schema>;
}

function explained(issue: z.core.$ZodIssue, config: unknown): string {
  if (issue.code === 'unrecognized_keys') return `unknown field '${[...issue.path, issue.keys[0]].join('.')}'`;
  const value = issue.path.reduce<unknown>((at, key) => (at as Readonly<Record<PropertyKey, unknown>>)[key], config);
  const name = issue.path.length > 0 ? issue.path.join('.') : 'the config';
  return `${name} is ${shown(value)}; it ${issue.message}`;
}
