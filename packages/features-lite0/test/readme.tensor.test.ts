import { backend } from '@rddpm/conformance';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as lite0 from '../src/index.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': { createBackend: async () => backend },
    '@rddpm/features-lite0': lite0,
    ndarray,
  });
  expect(printed).toBe(promised);
});
