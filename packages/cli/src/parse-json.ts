import { FormatError } from '@rddpm/core';
import { z } from 'zod';

/** @throws {FormatError} that names each wrong field of a JSON file. */
export function parseJson<Schema extends z.core.$ZodType>(schema: Schema, text: string, source: string): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source} is not JSON`, { cause });
  }
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw new FormatError(`${source} is not what rddpm writes:\n${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}
