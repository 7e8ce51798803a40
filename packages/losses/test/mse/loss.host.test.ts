import { evaluate, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { ShapeError } from '@rddpm/core';
import { mseLoss } from '@rddpm/losses';
import { dispose, type Tensor, tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

type Args = { prediction: Tensor; target: Tensor };
const loss = ({ prediction, target }: Args) => mseLoss(prediction, target);

test('is the mean of the squares, by hand', async () => {
  await expectNoLeak(async () => {
    const args: Args = { prediction: tensor2d([1, 2, 3, 4], [2, 2]), target: tensor2d([1, 0, 0, 5], [2, 2]) };
    expectClose(await evaluate(loss, args), { shape: [], data: Float32Array.of(14 / 4) }, 1e-6);
    dispose(args as never);
  });
});

test('its gradient is that of finite differences', async () => {
  const target = random([2, 2, 3], 1);
  const at = random([2, 2, 3]);
  await expectGradient((x) => mseLoss(x, target), { shape: at.shape, data: Float32Array.from(await at.data()) });
  dispose([target, at]);
});

test('refuses shapes that would broadcast', () => {
  expect(() => mseLoss(zeros([4, 8, 8, 1]), zeros([8, 1]))).toThrow(
    new ShapeError('mseLoss: prediction is [4,8,8,1] but target is [8,1]; both must have the same shape'),
  );
  expect(() => mseLoss(tensor([1]), tensor([[1]]))).toThrow(ShapeError);
});
