/** Training and detection from one seed: the same on the backend under test as on TensorFlow.js in plain JavaScript. */

import reference from 'virtual:cpu-reference';
import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import type { HostWeights } from '@rddpm/core';
import { expect, test } from 'vitest';
import { LOSS_NAMES, STEPS, wholeRun } from '../src/whole-run.ts';

/** ONNX Runtime takes all of them; a slow device one without and one with a memory. */
const losses = backend.name === 'onnx' ? LOSS_NAMES : (['huberLoss', 'imageTrust'] as const);

// float32 sums in another order differ by 1e-6 or so in a gradient; AdamW's first steps have the size of the learning rate whatever the
// gradient's size, so the few parameters whose gradients are nearly 0 may move the other way, by 2 x 2e-4 apart at a step.
const LOSS_TOLERANCE = 1e-4;
const MAP_TOLERANCE = 1e-3;
const WEIGHT_TOLERANCE = 1e-3;
const UNSTABLE_WEIGHTS = 0.005;
const UNSTABLE_TOLERANCE = STEPS * 2 * 2e-4;

test.each(losses)(`${STEPS} steps with %s, then a detection, agree with plain JavaScript`, async (name) => {
  const expected = reference.wholeRuns[name];
  const actual = await wholeRun(backend, name);
  expect(actual.losses).toHaveLength(STEPS);
  expectClose(actual.losses, expected.losses, LOSS_TOLERANCE);
  expectCloseWeights(actual.weights, expected.weights);
  expectClose(actual.maps, expected.maps, MAP_TOLERANCE);
});

test('steps and a detection leave no tensor behind', async () => {
  await expectNoLeak(() => wholeRun(backend, 'huberLoss', 5));
});

function expectCloseWeights(actual: HostWeights, expected: HostWeights): void {
  let size = 0;
  let unstable = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    expectClose(actual[name]!.data, data, UNSTABLE_TOLERANCE);
    size += data.length;
    unstable += data.filter((value, i) => Math.abs(actual[name]!.data[i]! - value) > WEIGHT_TOLERANCE).length;
  }
  expect(unstable / size, 'share of weights that differ').toBeLessThan(UNSTABLE_WEIGHTS);
}
