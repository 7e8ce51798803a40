import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as browser from '../src/browser.ts';
import * as data from '../src/index.ts';
import * as node from '../src/node.ts';

const readme = new URL('../README.md', import.meta.url);

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(readme, {
    '@rddpm/data': data,
    '@rddpm/data/node': node,
    '@rddpm/core': await import('@rddpm/core'),
    'node:fs/promises': await import('node:fs/promises'),
    'node:os': await import('node:os'),
    'node:path': await import('node:path'),
    sharp,
  });
  expect(printed).toBe(promised);
});

test('every exported function is listed', () => {
  const text = readFileSync(readme, 'utf8');
  for (const [name, value] of Object.entries({ ...data, ...node, ...browser }))
    if (typeof value === 'function') expect(text).toContain(`\`${name}(`);
});
