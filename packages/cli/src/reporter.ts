import type { Reporter } from '@rddpm/study';
import { type Context, note, throwIfInterrupted, warn } from './io.ts';
import { startProgress } from './progress.ts';

/** A reporter for runs of `@rddpm/study` that writes to the command's output. */
export function reporterOf(context: Context): Reporter {
  return {
    note: (text) => note(context, text),
    warn: (text) => warn(context, text),
    progress: (options) => startProgress(context, options),
    signal: context.signal,
    stopIfInterrupted: (what) => throwIfInterrupted(context, what),
  };
}
