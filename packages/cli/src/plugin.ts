/** `--plugin ./my-method.js`: methods and layouts from a file of the user's, to be named like the registry's own. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '@rddpm/core';
import type { DatasetLayout, Method } from '@rddpm/core/contracts';
import type { Choices } from './registry.ts';

/** The files of `--plugin FILE` and `--plugin=FILE`. They are looked for before commands are defined, since options depend on the methods that there are. */
export function pluginsIn(argv: readonly string[]): string[] {
  return argv.flatMap((word, i) => {
    if (word.startsWith('--plugin=')) return [word.slice('--plugin='.length)];
    return word === '--plugin' && argv[i + 1] !== undefined ? [argv[i + 1]!] : [];
  });
}

/** @throws {ConfigError} for a file that can't be loaded, and for exports that are neither a method nor a layout. */
export async function withPlugins(choices: Choices, files: readonly string[], cwd: string): Promise<Choices> {
  const exports = (await Promise.all(files.map((file) => loadPlugin(file, cwd)))).flat();
  const layouts = exports.flatMap((plugin) => ('layout' in plugin ? [plugin.layout] : []));
  const methods = exports.flatMap((plugin) => ('method' in plugin ? [plugin.method] : []));
  return {
    ...choices,
    layouts: [...choices.layouts, ...layouts],
    methods: async () => [...(await choices.methods()), ...methods],
  };
}

type Plugin = { readonly method: Method } | { readonly layout: DatasetLayout };

async function loadPlugin(file: string, cwd: string): Promise<Plugin[]> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(/* @vite-ignore */ pathToFileURL(resolve(cwd, file)).href);
  } catch (cause) {
    throw new ConfigError(`--plugin ${file} can't be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const exported = loaded.default === undefined ? [] : [loaded.default].flat();
  if (exported.length === 0) {
    throw new ConfigError(`--plugin ${file} has no default export; it must be a method, a data set layout, or a list of them`);
  }
  return exported.map((value) => pluginOf(value, file));
}

/** The fields that a method and a layout must have, with their types. */
const METHOD = {
  name: 'string',
  role: 'string',
  accepts: 'object',
  config: 'object',
  'config.parse': 'function',
  'config.affects': 'function',
  'config.json': 'object',
  input: 'function',
  fit: 'function',
  scorer: 'function',
  files: 'object',
  'files.encode': 'function',
  'files.decode': 'function',
} as const;
const LAYOUT = { name: 'string', recognises: 'function', read: 'function', truth: 'function' } as const;

function pluginOf(value: unknown, file: string): Plugin {
  const [method, layout] = [missing(value, METHOD), missing(value, LAYOUT)];
  if (method.length === 0) return { method: value as Method };
  if (layout.length === 0) return { layout: value as DatasetLayout };
  throw new ConfigError(
    `--plugin ${file}: what it exports is neither a method (it lacks ${method.join(', ')}) nor a data set layout (it lacks ${layout.join(', ')})`,
  );
}

function missing(value: unknown, fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).flatMap(([path, kind]) => {
    const at = path.split('.').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | null | undefined)?.[key], value);
    return typeof at === kind && at !== null ? [] : [path];
  });
}
