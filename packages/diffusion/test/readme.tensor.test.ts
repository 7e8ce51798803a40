import { backend } from '@rddpm/conformance';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as diffusion from '../src/index.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': { createBackend: async () => backend },
    '@rddpm/diffusion': diffusion,
    ndarray,
  });
  expect(printed).toBe(promised);
});
