import { backend } from '@rddpm/conformance';
import * as core from '@rddpm/core';
import * as maps from '@rddpm/maps';
import * as scheduler from '@rddpm/scheduler';
import * as tfjs from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as detector from '../src/index.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': { createBackend: async () => backend },
    '@rddpm/core': core,
    '@rddpm/detector': detector,
    '@rddpm/maps': maps,
    '@rddpm/scheduler': scheduler,
    '@tensorflow/tfjs-core': tfjs,
    ndarray,
  });
  expect(printed).toBe(promised);
});
