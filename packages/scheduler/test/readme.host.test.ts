import '@rddpm/conformance'; // makes a backend current
import * as scheduler from '@rddpm/scheduler';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

test('the README’s example prints what it says', async () => {
  const readme = new URL('../README.md', import.meta.url);
  const { printed, promised } = await runReadmeExample(readme, { '@tensorflow/tfjs': tf, '@rddpm/scheduler': scheduler });
  expect(printed).toBe(promised);
});
