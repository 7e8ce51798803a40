import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { compile, type OnnxRuntime } from '../src/index.ts';

export const runtime = ort as unknown as OnnxRuntime;

tf.enableProdMode();
await tf.setBackend('cpu');

let seed = 1;
/** Normal numbers, another set at each call, the same sets in each run. */
export const random = (...shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed++);

/** The tensors that `fn` returns, computed by TensorFlow.js in JavaScript and by the compiled graph, are the same to `tolerance`. */
export async function expectSame(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  inputs: readonly tf.Tensor[],
  tolerance = 1e-5,
): Promise<void> {
  const list = (outcome: tf.Tensor | tf.Tensor[]) => (Array.isArray(outcome) ? outcome : [outcome]);
  const expected = tf.tidy(() => list(fn(...inputs)));
  const actual = await compile((args: readonly tf.Tensor[]) => list(fn(...args)), { runtime })(inputs);
  expect(actual.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(expected.map(({ shape, dtype }) => ({ shape, dtype })));
  for (const [i, tensor] of expected.entries()) {
    const [a, b] = [actual[i]!.dataSync(), tensor.dataSync()];
    for (let k = 0; k < b.length; k++) {
      const error = Math.abs(a[k]! - b[k]!) / Math.max(1, Math.abs(b[k]!));
      if (!(error <= tolerance)) expect.fail(`result ${i}, element ${k} of [${tensor.shape}] is ${a[k]}, not ${b[k]}`);
    }
  }
}

/** The same for the gradients of a weighted sum of `fn` with respect to every input. */
export async function expectSameGradients(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  tolerance = 1e-4,
): Promise<void> {
  const weighted = (...args: tf.Tensor[]) => {
    const y = fn(...args);
    return tf.sum(tf.mul(y, tf.cos(tf.reshape(tf.range(0, y.size, 1, 'float32'), y.shape)))) as tf.Scalar;
  };
  await expectSame((...args) => tf.grads(weighted)(args), inputs, tolerance);
}
