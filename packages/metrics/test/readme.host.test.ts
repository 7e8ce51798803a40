import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { expect, test } from 'vitest';
import * as metrics from '../src/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const block = (language: string) => readme.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))?.[1];

test('the example prints what the README says', () => {
  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(format(...values)) };
  const body = block('ts')!.replace(/^import (\{.*\}) from '@rddpm\/metrics';$/m, 'const $1 = metrics;');
  new Function('metrics', 'console', body)(metrics, console);
  expect(`${printed.join('\n')}\n`).toBe(block('text'));
});

test('every export is listed', () => {
  for (const name of Object.keys(metrics)) expect(readme).toContain(`\`${name}`);
});
