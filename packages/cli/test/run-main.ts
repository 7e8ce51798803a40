import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askingConfigOf, type DiffusionModel } from '@rddpm/diffusion';
import { loadModel } from '@rddpm/study';
import { onTestFinished } from 'vitest';
import { main } from '../src/main.ts';
import { CHOICES, type Choices, openRegistry } from '../src/registry.ts';

export type Finished = { code: number; stdout: string; stderr: string };

/** Runs a command line in-process. */
export async function rddpm(
  argv: readonly string[],
  options: { cwd?: string; signal?: AbortSignal; choices?: Choices } = {},
): Promise<Finished> {
  const { cwd = process.cwd(), signal = new AbortController().signal, choices } = options;
  const texts = { stdout: '', stderr: '' };
  const output = (name: keyof typeof texts) => ({
    write: (text: string) => {
      texts[name] += text;
    },
  });
  const code = await main(argv, { stdout: output('stdout'), stderr: output('stderr'), cwd, signal }, choices);
  return { code, ...texts };
}

/** Removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rddpm-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The model in a folder, which is known to be a diffusion model, and how it is asked. */
export async function diffusionModelIn(folder: string) {
  const { model, info } = await loadModel(folder, await openRegistry(CHOICES));
  return { ...(model as DiffusionModel), info, asked: askingConfigOf(info) };
}
