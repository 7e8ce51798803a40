import { readFileSync } from 'node:fs';
import { backend } from '@rddpm/conformance';
import * as core from '@rddpm/core';
import * as scheduler from '@rddpm/scheduler';
import * as tfjs from '@tensorflow/tfjs-core';
import * as ndarray from 'ndarray';
import { expect, test } from 'vitest';
import * as detector from '../src/index.ts';

const modules: Record<string, unknown> = {
  '@rddpm/backend/auto': { createBackend: async () => backend },
  '@rddpm/core': core,
  '@rddpm/detector': detector,
  '@rddpm/scheduler': scheduler,
  '@tensorflow/tfjs-core': tfjs,
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
