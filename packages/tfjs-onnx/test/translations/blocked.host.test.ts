import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { blockOf } from '../../src/block-size.ts';
import { trace } from '../../src/trace.ts';
import { expectSame, expectSameGradients, random, runtime } from '../both-ways.ts';

const block = await blockOf(runtime);

/** Numbers of images, sides, channels in and out, kernel. */
const CASES: readonly [number, [number, number], [number, number], [number, number]][] = [
  [4, [16, 16], [16, 32], [3, 3]],
  [2, [32, 32], [16, 16], [3, 3]],
  [1, [32, 32], [3, 16], [3, 3]],
  [1, [32, 32], [32, 3], [3, 3]],
  [2, [16, 32], [48, 16], [5, 3]],
  [2, [32, 16], [16, 48], [1, 5]],
  [1, [64, 16], [16, 16], [3, 1]],
];

describe.skipIf(block === 0)('convolutions in the blocked layout', () => {
  test.each(CASES)('%i images of %j, channels %j, kernel %j', async (n, [h, w], [inputs, outputs], kernel) => {
    const args = [random(n, h, w, inputs), random(...kernel, inputs, outputs)];
    const convolve = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    const isBlocked = (fn: (args: readonly tf.Tensor[]) => tf.Tensor[]) =>
      trace(fn, args, block).graph.nodes.some(({ domain }) => domain === 'com.microsoft.nchwc');
    expect(isBlocked(([x, filter]) => tf.grads(convolve)([x!, filter!]))).toBe(true);
    if (outputs % block === 0) expect(isBlocked(([x, filter]) => [convolve(x!, filter!)])).toBe(true);
    await expectSame(convolve, args, 1e-4);
    await expectSameGradients(convolve, args, 1e-3);
  });

  test('padded by more than the kernel', async () => {
    const args = [random(1, 32, 32, 16), random(2, 2, 16, 16)];
    const convolve = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 3);
    await expectSame(convolve, args, 1e-4);
    await expectSameGradients(convolve, args, 1e-3);
  });

  test('strided', async () => {
    const args = [random(1, 64, 64, 16), random(3, 3, 16, 32)]; // 1024 pixels go out: from there on blocks are worth it
    const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]);
    await expectSame(convolve, args, 1e-4);
    await expectSameGradients(convolve, args, 1e-3);
  });
});
