import { evaluator, expectClose } from '@rddpm/conformance';
import { ConfigError } from '@rddpm/core';
import { dispose, type Scalar, scalar, type Tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ltsLoss } from '../../src/lts/loss.ts';
import { scheduledKeep } from '../../src/trimmed/scheduled-keep.ts';

test('moves linearly and stays, in one compiled step', async () => {
  const keep = evaluator(({ step }: { step: Scalar }) => scheduledKeep(step, { from: 1, to: 0.6, steps: 200 }));
  for (const [at, expected] of [
    [0, 1],
    [50, 0.9],
    [200, 0.6],
    [5000, 0.6],
  ] as const) {
    const step = scalar(at);
    expectClose((await keep({ step })).data, [expected], 1e-6);
    step.dispose();
  }
});

test('keeps exactly the share it ends with', async () => {
  const x = tensor1d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const to of [0.1, 0.3, 0.6, 0.7, 0.9]) {
    const loss = evaluator(({ x, step }: { x: Tensor; step: Scalar }) => {
      return ltsLoss(x, zeros([10]), { keep: scheduledKeep(step, { from: 1, to, steps: 7 }) });
    });
    const step = scalar(7);
    const kept = Math.round(10 * to);
    expectClose((await loss({ x, step })).data, [((kept + 1) * (2 * kept + 1)) / 6], 1e-6); // the mean of 1² … kept²
    step.dispose();
  }
  dispose(x);
});

test('refuses shares out of range, and no steps', () => {
  const step = scalar(0);
  expect(() => scheduledKeep(step, { from: 1.2, to: 0.5, steps: 10 })).toThrow(
    new ConfigError('scheduledKeep: from is 1.2; it must be above 0 and at most 1'),
  );
  expect(() => scheduledKeep(step, { from: 1, to: 0, steps: 10 })).toThrow(
    new ConfigError('scheduledKeep: to is 0; it must be above 0 and at most 1'),
  );
  expect(() => scheduledKeep(step, { from: 1, to: 0.5, steps: 0 })).toThrow(
    new ConfigError('scheduledKeep: steps is 0; it must be a whole number of at least 1'),
  );
  step.dispose();
});
