import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { main } from '../src/main.ts';

export type Finished = { code: number; stdout: string; stderr: string };

/** Runs a command line in-process. */
export async function rddpm(argv: readonly string[], options: { cwd?: string; signal?: AbortSignal } = {}): Promise<Finished> {
  const { cwd = process.cwd(), signal = new AbortController().signal } = options;
  const texts = { stdout: '', stderr: '' };
  const output = (name: keyof typeof texts) => ({
    write: (text: string) => {
      texts[name] += text;
    },
  });
  const code = await main(argv, { stdout: output('stdout'), stderr: output('stderr'), cwd, signal });
  return { code, ...texts };
}

/** Removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rddpm-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
