import { evaluate, expectClose, expectGradient } from '@rddpm/conformance';
import { cos, mul, range, reshape, sum, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { upsampleNearest } from '../src/upsample.ts';

test('repeats each pixel twice in both directions', async () => {
  const x = tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
  const y = await evaluate(({ x }: { x: Tensor4D }) => upsampleNearest(x), { x });
  expect(y.shape).toEqual([1, 4, 4, 1]);
  expectClose(y.data, [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
});

test("every sample's gradient is right, not only the first's", async () => {
  const weighted = (x: Tensor) => {
    const y = upsampleNearest(x as Tensor4D);
    return sum<never>(mul(y, cos(reshape(range(0, y.size), y.shape))));
  };
  await expectGradient(weighted, { shape: [3, 2, 2, 2], data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)) });
});
