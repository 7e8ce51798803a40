/** A benchmark's cells in processes of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StudyOptions } from '@rddpm/study';
import { type Context, throwIfInterrupted } from './io.ts';
import type { BackendFlags } from './options.ts';

const PROGRAM = fileURLToPath(new URL('../bin/rddpm.js', import.meta.url));

/**
 * Each process runs the command that was typed, for some of its cells. Its notes and warnings are passed on to the user, and the user's
 * Ctrl-C to the process.
 */
export function processes(flags: BackendFlags & { jobs?: number; cell?: number[] }, context: Context): StudyOptions['elsewhere'] {
  const { jobs = 1 } = flags;
  if (jobs === 1 || flags.cell) return undefined;
  const threads = flags.threads ?? Math.max(1, Math.floor(availableParallelism() / jobs));
  const shares = flags.backend === 'cpu' || flags.backend === 'webgpu' ? [] : ['--threads', `${threads}`]; // those have none to share
  return {
    jobs,
    async run(cells) {
      const numbers = cells.map(({ index }) => index).join();
      const child = spawn(process.execPath, [PROGRAM, ...childArguments(context.argv), '--cell', numbers, ...shares], {
        cwd: context.cwd,
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true, // Ctrl-C on a terminal would reach it twice, by the terminal and by us, and the second one doesn't wait
      });
      const pass = () => child.kill(context.signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
      context.signal.addEventListener('abort', pass);
      const lines = createInterface({ input: child.stderr }).on('line', (line) => {
        if (!context.quiet || line.startsWith('warning: ')) context.stderr.write(`${line}\n`);
      });
      await once(child, 'close');
      lines.close();
      context.signal.removeEventListener('abort', pass);
      throwIfInterrupted(context);
    },
  };
}

/** The arguments without the options that are the parent's own matter, and their values. */
function childArguments(argv: readonly string[]): string[] {
  return argv.filter((word, i) => {
    const before = argv[i - 1];
    const isOurs = /^--(jobs|threads)(=|$)|^--(overwrite|json)$/.test(word);
    return !isOurs && before !== '--jobs' && before !== '--threads';
  });
}
