import { backend } from '@rddpm/conformance';
import * as core from '@rddpm/core';
import * as losses from '@rddpm/losses';
import * as scheduler from '@rddpm/scheduler';
import * as unet from '@rddpm/unet';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as trainer from '../src/index.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': { createBackend: async () => backend },
    '@rddpm/core': core,
    '@rddpm/losses': losses,
    '@rddpm/scheduler': scheduler,
    '@rddpm/trainer': trainer,
    '@rddpm/unet': unet,
    ndarray,
  });
  expect(printed).toBe(promised);
});
