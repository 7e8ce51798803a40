import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { translations } from '../src/translations/index.ts';
import { uncovered } from '../src/translations/uncovered.ts';
import { cpuKernels, withCoverage } from './coverage-table.ts';

test("each kernel of TensorFlow.js' cpu backend is translated, or has a reason not to be", () => {
  expect(Object.keys(uncovered).sort()).toEqual(cpuKernels().filter((kernel) => !(kernel in translations)));
});

test("the README's table is the one that npm run docs:coverage writes", async () => {
  const path = fileURLToPath(new URL('../README.md', import.meta.url));
  await expect(withCoverage(await readFile(path, 'utf8'))).toMatchFileSnapshot(path);
});
