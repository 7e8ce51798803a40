import { evaluate, expectClose, random } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import { dispose, grad, type Tensor, tensor4d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blockLtsLoss } from '../../src/block-lts/loss.ts';

const images8 = "it must be [batch, height, width, channels], with height and width multiples of the block's 8";

test('is the mean over the blocks that fit best, by hand', async () => {
  const rows = [
    [1, 1, 0, 0],
    [1, 1, 0, 2],
    [9, 0, 3, 3],
    [0, 0, 3, 3],
  ]; // mean squares of the blocks: 1, 1; 20.25, 9
  const x = tensor4d(rows.flat(), [1, 4, 4, 1]);
  const both = ({ x }: { x: Tensor }) => ({
    value: blockLtsLoss(x, zeros([1, 4, 4, 1]), { keep: 0.75, block: 2 }),
    slope: grad((x) => blockLtsLoss(x, zeros([1, 4, 4, 1]), { keep: 0.75, block: 2 }))(x),
  });
  const { value, slope } = await evaluate(both, { x });
  expectClose(value.data, [(1 + 1 + 9) / 3], 1e-6);
  const expected = rows.flatMap((row, y) => row.map((r, x) => (y >= 2 && x < 2 ? 0 : (2 * r) / 4 / 3)));
  expectClose(slope.data, expected, 1e-6);
  x.dispose();
});

test('is what sorting the blocks of the whole batch computes', async () => {
  const [n, h, w, c, block] = [2, 16, 24, 3, 8];
  const args = { prediction: random([n, h, w, c], 1), target: random([n, h, w, c], 2) };
  const [prediction, target] = await Promise.all([args.prediction.data(), args.target.data()]);
  const sums = new Float64Array((n * h * w) / block ** 2);
  for (let i = 0; i < prediction.length; i++) {
    const x = Math.floor(i / c) % w;
    const y = Math.floor(i / c / w) % h;
    const image = Math.floor(i / c / w / h);
    const at = (image * (h / block) + Math.floor(y / block)) * (w / block) + Math.floor(x / block);
    sums[at]! += (prediction[i]! - target[i]!) ** 2 / (block * block * c);
  }
  sums.sort();
  for (const kept of [1, 5, 9, 12]) {
    const { data } = await evaluate(({ prediction, target }: typeof args) => blockLtsLoss(prediction, target, { keep: kept / 12 }), args);
    expectClose(data, [sums.slice(0, kept).reduce((a, b) => a + b) / kept], 1e-5);
  }
  dispose(args as never);
});

test('refuses images that blocks don’t fill', () => {
  const images = zeros([2, 12, 30, 1]);
  expect(() => blockLtsLoss(images, images)).toThrow(new ShapeError(`blockLtsLoss: prediction is [2,12,30,1]; ${images8}`));
  images.dispose();
});

test('refuses what isn’t images, and blocks of no size', () => {
  const rows = zeros([2, 8]);
  expect(() => blockLtsLoss(rows, rows)).toThrow(new ShapeError(`blockLtsLoss: prediction is [2,8]; ${images8}`));
  const images = zeros([2, 8, 8, 1]);
  expect(() => blockLtsLoss(images, images, { block: 0 })).toThrow(
    new ConfigError('blockLtsLoss: block is 0; it must be a whole number of at least 1'),
  );
  dispose([rows, images]);
});
