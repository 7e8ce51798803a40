import { evaluate, expectClose, random } from '@rddpm/conformance';
import { dispose, grad, type Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { elementLtsLoss } from '../../src/lts/elements.ts';
import { winsorizedLoss } from '../../src/winsorized/loss.ts';

test('clamps the largest squared residuals to the largest kept one, by hand', async () => {
  const x = tensor2d([3, 1, -2, 0, 5, 1], [2, 3]); // squares 9 1 4 0 25 1
  const both = ({ x }: { x: Tensor }) => ({
    value: winsorizedLoss(x, zeros([2, 3]), { keep: 4 / 6 }),
    slope: grad((x) => winsorizedLoss(x, zeros([2, 3]), { keep: 4 / 6 }))(x),
  });
  const { value, slope } = await evaluate(both, { x });
  expectClose(value.data, [(4 + 1 + 4 + 0 + 4 + 1) / 6], 1e-6);
  expectClose(slope.data, [0, 2 / 6, -4 / 6, 0, 0, 2 / 6], 1e-6);
  x.dispose();
});

test('its gradient is keep times that of trimming: clamped residuals have no pull', async () => {
  const args = { x: random([4, 25], 1) };
  const slopes = ({ x }: { x: Tensor }) => ({
    winsorized: grad((x) => winsorizedLoss(x, zeros([4, 25]), { keep: 0.75 }))(x),
    trimmed: grad((x) => elementLtsLoss(x, zeros([4, 25]), { keep: 0.75 }))(x),
  });
  const { winsorized, trimmed } = await evaluate(slopes, args);
  expectClose(
    winsorized.data,
    trimmed.data.map((value) => 0.75 * value),
    1e-6,
  );
  dispose(args as never);
});
