import type { Choices } from './registry.ts';

/** What a command may touch of its process. Injected, so that tests run whole commands in-process. */
export type Io = {
  /** Results. */
  readonly stdout: Output;
  /** Progress, notes, warnings, errors. */
  readonly stderr: Output;
  readonly cwd: string;
  /** Aborted by Ctrl-C; the reason is the signal's name, `'SIGINT'` or `'SIGTERM'`. */
  readonly signal: AbortSignal;
};

export type Output = { write(text: string): unknown; readonly isTTY?: boolean };

/** An `Io`, what there is to choose from, and the options that every command has. */
export type Context = Io & {
  readonly choices: Choices;
  /** As it was typed, without `node` and the script. */
  readonly argv: readonly string[];
  /** No progress and no notes; warnings and errors stay. */
  readonly quiet: boolean;
};

export function printResult(context: Context, text: string): void {
  context.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function note(context: Context, text: string): void {
  if (!context.quiet) context.stderr.write(`${text}\n`);
}

export function warn(context: Context, text: string): void {
  context.stderr.write(`warning: ${text}\n`);
}

/** Ends a command between two pieces of work once Ctrl-C was pressed. @param what Says what was stopped. */
export function throwIfInterrupted(context: Context, what?: string): void {
  if (context.signal.aborted) throw new InterruptedError(context.signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT', what);
}

/** Ctrl-C or a request to end. Exit code 130 or 143. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM', what = 'stopped') {
    super(`${what} (${signal})`);
    this.signal = signal;
  }
}
