/** WebGPU in Node, on Dawn: that it starts, trains and detects. What its kernels compute, the tests in Chromium say. */

import reference from 'virtual:cpu-reference';
import { backend, expectClose } from '@rddpm/conformance';
import { expect, test } from 'vitest';
import { wholeRun } from '../../src/whole-run.ts';

test('three steps and a detection', async () => {
  expect(backend.device).toMatch(/^WebGPU, /);
  const { losses, maps } = await wholeRun(backend, 'huberLoss', 3);
  expectClose(losses, reference.wholeRuns.huberLoss.losses.slice(0, 3), 1e-4);
  expect(maps.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  expect(Math.max(...maps)).toBeGreaterThan(0);
});
