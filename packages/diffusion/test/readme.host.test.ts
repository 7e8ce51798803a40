import * as backend from '@rddpm/backend/onnx'; // what auto takes on a machine without a GPU; plain JavaScript takes minutes
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as diffusion from '../src/index.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': backend,
    '@rddpm/diffusion': diffusion,
    ndarray,
  });
  expect(printed).toBe(promised);
});
