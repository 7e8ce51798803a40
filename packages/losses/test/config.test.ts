import { evaluate, expectClose, random } from '@rddpm/conformance';
import { ConfigError, type LossContext } from '@rddpm/core';
import { huberLoss, ltsLoss, mseLoss } from '@rddpm/losses';
import { createLoss, type LossConfig, lossConfigSchema } from '@rddpm/losses/config';
import { dispose, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

type Args = { prediction: Tensor; target: Tensor };
const context = {} as LossContext; // none of these looks at it

test.each<[LossConfig, (prediction: Tensor, target: Tensor) => Scalar]>([
  [{ name: 'mse' }, mseLoss],
  [{ name: 'huber' }, (prediction, target) => huberLoss(prediction, target, { delta: 0.2 })],
  [{ name: 'huber', delta: 0.7 }, (prediction, target) => huberLoss(prediction, target, { delta: 0.7 })],
  [{ name: 'lts' }, (prediction, target) => ltsLoss(prediction, target, { keep: 0.8 })],
  [{ name: 'lts', keep: 0.5 }, (prediction, target) => ltsLoss(prediction, target, { keep: 0.5 })],
])('makes the loss of %j', async (config, expected) => {
  const args: Args = { prediction: random([5, 4], 1), target: random([5, 4], 2) };
  const loss = createLoss(config);
  const actual = await evaluate(({ prediction, target }: Args) => loss(prediction, target, context), args);
  expectClose(actual, await evaluate(({ prediction, target }: Args) => expected(prediction, target), args), 0);
  dispose(args as never);
});

test('resolved configs hold their defaults', () => {
  expect(lossConfigSchema.parse({ name: 'huber' })).toEqual({ name: 'huber', delta: 0.2 });
  expect(lossConfigSchema.parse({ name: 'lts' })).toEqual({ name: 'lts', keep: 0.8 });
});

test.each<[unknown, string]>([
  [{ name: 'hubert' }, `unknown loss "hubert"; did you mean 'huber'? it must be one of mse, huber, lts`],
  [{ name: 'trimmed' }, 'unknown loss "trimmed"; it must be one of mse, huber, lts'],
  [{}, 'unknown loss undefined; it must be one of mse, huber, lts'],
  [{ name: 'huber', delta: 0 }, 'delta is 0; it must be a finite number above 0'],
  [{ name: 'huber', delta: '0.2' }, 'delta is "0.2"; it must be a finite number above 0'],
  [{ name: 'huber', keep: 0.8 }, "unknown field 'keep' of the loss 'huber'"],
  [{ name: 'lts', keep: 1.5 }, 'keep is 1.5; it must be a number above 0 and at most 1'],
  ['huber', 'the config is "huber"; it must be like { "name": "huber" }'],
])('refuses %j', (config, message) => {
  expect(() => createLoss(config as LossConfig)).toThrow(new ConfigError(`createLoss: ${message}`));
});
