import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as study from '../src/index.ts';

const readme = new URL('../README.md', import.meta.url);

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(readme, { '@rddpm/study': study });
  expect(printed).toBe(promised);
});

test('every exported function is listed', () => {
  const text = readFileSync(readme, 'utf8');
  const functions = Object.entries(study).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  for (const name of functions) expect(text).toContain(`\`${name}(`);
});
