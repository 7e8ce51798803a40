import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { format } from 'node:util';
import { expect, test } from 'vitest';
import * as mvtec from '../src/index.ts';
import * as node from '../src/node.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const block = (language: string) => readme.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))?.[1];

test('the example prints what the README says', async () => {
  const modules: Record<string, unknown> = {
    '@rddpm/mvtec': mvtec,
    '@rddpm/mvtec/node': node,
    '@rddpm/core': await import('@rddpm/core'),
    'node:fs/promises': await import('node:fs/promises'),
    'node:os': await import('node:os'),
    'node:path': await import('node:path'),
  };
  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(format(...values)) };
  const body = block('ts')!.replaceAll(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = modules['$2'];");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const folder = await new AsyncFunction('modules', 'console', `${body}\nreturn folder;`)(modules, console);
  await rm(dirname(folder), { recursive: true });
  expect(`${printed.join('\n')}\n`).toBe(block('text'));
});

test('every exported function is listed', () => {
  for (const [name, value] of Object.entries({ ...mvtec, ...node }))
    if (typeof value === 'function') expect(readme).toContain(`\`${name}(`);
});
