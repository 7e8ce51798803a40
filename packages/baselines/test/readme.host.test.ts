import { readFileSync } from 'node:fs';
import * as core from '@rddpm/core';
import * as maps from '@rddpm/maps';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as baselines from '../src/index.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/baselines': baselines,
    '@rddpm/core': core,
    '@rddpm/maps': maps,
    ndarray,
  });
  expect(printed).toBe(promised);
});

test('the README says of every method when to take it', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const section = readme.split('\n## Which to take\n')[1]!;
  const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!);
  const names = Object.values(baselines).map((method) => (typeof method === 'function' ? method(unopened).name : method.name));
  expect(listed.sort()).toEqual(names.sort());
});

const unopened = async (): Promise<never> => {
  throw new Error('no features are opened');
};
