import { FormatError } from '@rddpm/core';

/** Runs `work`; what it throws becomes a FormatError that begins with `what`. */
export async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FormatError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
