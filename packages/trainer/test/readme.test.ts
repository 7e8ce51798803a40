import { readFileSync } from 'node:fs';
import { backend } from '@rddpm/conformance';
import * as core from '@rddpm/core';
import * as losses from '@rddpm/losses';
import * as scheduler from '@rddpm/scheduler';
import * as unet from '@rddpm/unet';
import * as ndarray from 'ndarray';
import { expect, test } from 'vitest';
import * as trainer from '../src/index.ts';

const modules: Record<string, unknown> = {
  '@rddpm/backend/auto': { createBackend: async () => backend },
  '@rddpm/core': core,
  '@rddpm/losses': losses,
  '@rddpm/scheduler': scheduler,
  '@rddpm/trainer': trainer,
  '@rddpm/unet': unet,
  ndarray,
};

test("the README's example prints what it says", async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example, printed] = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme)!;
  expect(await run(example!)).toBe(printed);
});

/** Runs a module without types on the backend under test; its output. */
async function run(source: string): Promise<string> {
  const body = source.replace(/^import (\w+|\{.*\}) from '(.*)';$/gm, (_, names: string, from: string) => {
    return `const ${names.startsWith('{') ? names : `{ default: ${names} }`} = modules['${from}'];`;
  });
  let output = '';
  const console = { log: (line: string) => (output += `${line}\n`) };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await new AsyncFunction('modules', 'console', body)(modules, console);
  return output;
}
