import * as auto from '@rddpm/backend/auto';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

test("the README's example prints what it says", async () => {
  const modules = { '@rddpm/backend/auto': auto, '@tensorflow/tfjs-core': tf };
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), modules);
  expect(printed).toBe(promised);
});
