import { evaluate, expectClose, random } from '@rddpm/conformance';
import { dispose, grad, type Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { elementLtsLoss } from '../../src/lts/elements.ts';

test('is the mean of the smallest squared residuals of the batch, by hand', async () => {
  const x = tensor2d([3, 1, -2, 0, 5, 1], [2, 3]); // squares 9 1 4 0 25 1
  const actual = await evaluate(({ x }: { x: Tensor }) => elementLtsLoss(x, zeros([2, 3]), { keep: 4 / 6 }), { x });
  expectClose(actual.data, [(0 + 1 + 1 + 4) / 4], 1e-6);
  x.dispose();
});

test('of residuals that tie for the last places each counts in part', async () => {
  const x = tensor2d([2, 1, -2, 2, 1, 3], [2, 3]); // squares 4 1 4 4 1 9: both ones, and two of the three fours
  const both = ({ x }: { x: Tensor }) => ({
    value: elementLtsLoss(x, zeros([2, 3]), { keep: 4 / 6 }),
    slope: grad((x) => elementLtsLoss(x, zeros([2, 3]), { keep: 4 / 6 }))(x),
  });
  const { value, slope } = await evaluate(both, { x });
  expectClose(value.data, [(1 + 1 + 4 + 4) / 4], 1e-6);
  const part = 2 / 3;
  expectClose(slope.data, [(4 / 4) * part, 2 / 4, (-4 / 4) * part, (4 / 4) * part, 2 / 4, 0], 1e-6);
  x.dispose();
});

test('is what sorting the elements computes', async () => {
  const args = { prediction: random([3, 5, 7], 1), target: random([3, 5, 7], 2) };
  const [prediction, target] = await Promise.all([args.prediction.data(), args.target.data()]);
  const sorted = Float64Array.from(prediction, (value, i) => (value - target[i]!) ** 2).sort();
  for (const kept of [1, 50, 84, 104]) {
    const expected = sorted.slice(0, kept).reduce((a, b) => a + b) / kept;
    const { data } = await evaluate(
      ({ prediction, target }: typeof args) => elementLtsLoss(prediction, target, { keep: kept / 105 }),
      args,
    );
    expectClose(data, [expected], 1e-6);
  }
  dispose(args as never);
});
