/** `rddpm benchmark --plan FILE`: a study as a file. What it says becomes options, so that it may say all that can be typed, and is checked as that is. */
import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import type { Command } from 'commander';

type Value = string | number | boolean | readonly (string | number)[] | Readonly<Record<string, unknown>> | undefined;

/**
 * What a study compares: the options of `rddpm benchmark` in camel case. Those that take a list take one here; `loss` and `set` take an
 * object of names and values; others that take JSON take an object. `true` is an option without a value; `false` and `undefined` leave it out. What says how
 * to run it this time, such as `--resume` and `--cell`, is typed.
 *
 * @property datasets Folders, relative to the file.
 * @property out Relative to the folder in which the command is run, as when typed.
 */
export type StudyFile = { readonly datasets: string | readonly string[]; readonly [option: string]: Value };

/** Gives back its argument, so that an editor knows what a `rddpm.config.ts` may say. */
export function defineStudy(study: StudyFile): StudyFile {
  return study;
}

/** Options that may be given several times, a name and a value each. */
const NAMED: readonly string[] = ['loss', 'set'];

/** Options of one call of the command, rather than of the study. */
const TYPED: readonly string[] = ['plan', 'cell', 'dryRun', 'printConfig', 'resume', 'overwrite', 'json'];

/** Options whose paths are relative to the file. */
const PATHS: readonly string[] = ['splitList', 'manifest', 'backbone'];

/** The file that `--plan FILE` or `--plan=FILE` names. */
export function planIn(argv: readonly string[]): string | undefined {
  const i = argv.findIndex((word) => word === '--plan' || word.startsWith('--plan='));
  if (i < 0) return undefined;
  return argv[i] === '--plan' ? argv[i + 1] : argv[i]!.slice('--plan='.length);
}

/**
 * What was typed, with the file's options before it, so that what is typed counts more.
 *
 * @param command The command that has the options.
 * @throws {ConfigError} for a file that can't be loaded, and for what is no option, naming it.
 */
export async function withPlan(argv: readonly string[], plan: string, command: Command, cwd: string): Promise<string[]> {
  const file = resolve(cwd, plan);
  const { datasets, ...options } = assertStudy(await loadFile(file, plan), plan);
  const at = (path: string) => resolve(dirname(file), path);
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const option = command.options.find((option) => option.attributeName() === name);
    if (!option?.long || TYPED.includes(name)) {
      const known = command.options.map((option) => option.attributeName()).filter((name) => !TYPED.includes(name));
      throw new ConfigError(`${plan}: ${name} can't stand in a study's file, which may have datasets, ${known.join(', ')}`);
    }
    if (value === undefined || value === false) return [];
    if (option.isBoolean()) {
      if (value === true) return [option.long];
      throw new ConfigError(`${plan}: ${name} is ${JSON.stringify(value)}; it must be true or false`);
    }
    return wordsFor(name, value).map((word) => `${option.long}=${PATHS.includes(name) ? at(word) : word}`);
  });
  const folders = typeof datasets === 'string' ? [datasets] : datasets;
  const i = argv.indexOf(command.name());
  return [...argv.slice(0, i + 1), ...folders.map(at), ...flags, ...argv.slice(i + 1)];
}

function wordsFor(name: string, value: NonNullable<Value>): string[] {
  if (Array.isArray(value)) return [value.join()];
  if (typeof value !== 'object') return [`${value}`];
  if (!NAMED.includes(name)) return [JSON.stringify(value)];
  return Object.entries(value).map(([key, own]) => `${key}=${typeof own === 'string' ? own : JSON.stringify(own)}`);
}

async function loadFile(file: string, plan: string): Promise<unknown> {
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8'));
    const { createJiti } = await import('jiti'); // Node 20 knows no TypeScript
    return await createJiti(import.meta.url).import(file, { default: true });
  } catch (cause) {
    throw new ConfigError(`--plan ${plan} can't be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function assertStudy(value: unknown, plan: string): StudyFile {
  const { datasets } = (value ?? {}) as Partial<StudyFile>;
  const isList = Array.isArray(datasets) && datasets.length > 0 && datasets.every((folder) => typeof folder === 'string');
  if (typeof value === 'object' && (typeof datasets === 'string' || isList)) return value as StudyFile;
  throw new ConfigError(
    `${plan}: datasets is ${JSON.stringify(datasets) ?? 'missing'}; the file's default export must be an object in which datasets is a folder or a list of them`,
  );
}
