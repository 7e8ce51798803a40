import { evaluate, expectClose, expectGradient } from '@rddpm/conformance';
import { mul, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { ACTIVATIONS } from '../src/activations.ts';

const VALUES = Float32Array.of(-1000, -20, -1, 0, 1, 2, 20, 1000);

/** By their definitions, in float64. Φ(1) is 0.8413447460685429, Φ(2) is 0.9772498680518208. */
const EXPECTED = {
  relu: [0, 0, 0, 0, 1, 2, 20, 1000],
  silu: [0, -20 / (1 + Math.exp(20)), -1 / (1 + Math.E), 0, 1 / (1 + Math.exp(-1)), 2 / (1 + Math.exp(-2)), 20, 1000],
  mish: [0, -20 * Math.exp(-20), ...[-1, 0, 1, 2].map((x) => x * Math.tanh(Math.log1p(Math.exp(x)))), 20, 1000],
  gelu: [0, 0, -0.15865525393145707, 0, 0.8413447460685429, 1.9544997361036416, 20, 1000],
} as const;

describe.each(['relu', 'silu', 'mish', 'gelu'] as const)('%s', (name) => {
  const activate = ACTIVATIONS[name];

  test('is what its definition says, far from 0 too', async () => {
    const x = tensor1d(VALUES);
    const { data } = await evaluate(({ x }: { x: Tensor }) => activate(x), { x });
    x.dispose();
    expectClose(data, EXPECTED[name], 1e-6);
  });

  test('its gradient is that of finite differences', async () => {
    const weights = tensor1d([1, -2, 3, 0.5, 1, -1]);
    await expectGradient((x) => sum(mul(activate(x), weights)), { shape: [6], data: Float32Array.of(-3, -1, -0.3, 0.4, 1, 2) });
    weights.dispose();
  });

  test('its gradient far from 0 is 0 or 1', async () => {
    const weights = tensor1d([1, 1]);
    await expectGradient((x) => sum(mul(activate(x), weights)), { shape: [2], data: Float32Array.of(-100, 100) }, { step: 1 });
    weights.dispose();
  });
});

test('swish is another name for silu', () => {
  expect(ACTIVATIONS.swish).toBe(ACTIVATIONS.silu);
});
