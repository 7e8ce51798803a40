import { InterruptedError } from './io.ts';

/** A metric asked for with `--min` was not reached. Exit code 4. */
export class GateError extends Error {
  override name = 'GateError';
}

/** Errors are told apart by name: two copies of `@rddpm/core` in one installation have two classes. */
const CODES: Readonly<Record<string, number>> = { ConfigError: 2, FormatError: 3, GateError: 4 };

/** 1 failure, 2 usage or config, 3 bad data, 4 a gate not reached, 130 and 143 after a signal. */
export function exitCode(error: unknown): number {
  if (error instanceof InterruptedError) return error.signal === 'SIGINT' ? 130 : 143;
  return (error instanceof Error ? CODES[error.name] : undefined) ?? 1;
}
