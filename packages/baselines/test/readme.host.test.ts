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
