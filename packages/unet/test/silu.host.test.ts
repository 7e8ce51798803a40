import { evaluate, expectClose, expectGradient, expectNoLeak } from '@rddpm/conformance';
import { silu } from '@rddpm/unet';
import { mul, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { test } from 'vitest';

const VALUES = Float32Array.of(-20, -1, 0, Math.log(3), 2, 30);

test('is x / (1 + exp(-x))', async () => {
  const x = tensor1d(VALUES);
  const { data } = await evaluate(({ x }: { x: Tensor }) => silu(x), { x });
  x.dispose();
  expectClose(data, [-20 / (1 + Math.exp(20)), -1 / (1 + Math.E), 0, 0.75 * Math.log(3), 2 / (1 + Math.exp(-2)), 30], 1e-6);
});

test('its gradient is that of finite differences', async () => {
  const weights = tensor1d([1, -2, 3, 0.5, 1, -1]);
  await expectGradient((x) => sum(mul(silu(x), weights)), { shape: [6], data: Float32Array.of(-3, -1, 0, 0.4, 1, 2) });
  weights.dispose();
});

test('leaves no tensors behind', async () => {
  await expectNoLeak(async () => {
    const x = tensor1d(VALUES);
    await evaluate(({ x }: { x: Tensor }) => silu(x), { x });
    x.dispose();
  });
});
