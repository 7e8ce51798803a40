import { backend } from '@rddpm/conformance';
import * as core from '@rddpm/core';
import * as unet from '@rddpm/unet';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

test('the README’s example prints what it says', async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': { createBackend: async () => backend },
    '@rddpm/core': core,
    '@rddpm/unet': unet,
    '@tensorflow/tfjs-core': tf,
  });
  expect(printed).toBe(promised);
});
