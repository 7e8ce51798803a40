import { ConfigError } from '@rddpm/core';
import * as z from 'zod/mini';

/** @param where Begins messages, such as `'fit: detection'`. @throws {ConfigError} naming each wrong field. */
export function parsed<Schema extends z.ZodMiniType>(where: string, schema: Schema, value: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(value, { error: z.locales.en().localeError }); // zod/mini alone says 'Invalid input'
  if (error) throw new ConfigError(`${where}: ${z.prettifyError(error)}`, { cause: error });
  return data as z.output<Schema>;
}
