import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type CompileStatistics, compile, registerTranslation, type TensorTree, TraceError, toOnnx } from '../src/index.ts';
import { random, runtime } from './both-ways.ts';

const compiled = <A extends TensorTree, R extends TensorTree>(fn: (args: A) => R, statistics?: CompileStatistics) =>
  compile(fn, { runtime, ...(statistics ? { statistics } : {}) });

describe('compile', () => {
  test('takes and gives records and arrays of tensors', async () => {
    type Args = { pair: [tf.Tensor, tf.Tensor]; scale: { by: tf.Scalar } };
    const step = compiled(({ pair: [a, b], scale }: Args) => ({ sum: tf.add(a, b), products: [tf.mul(a, scale.by), tf.mul(b, scale.by)] }));
    const { sum, products } = await step({ pair: [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])], scale: { by: tf.scalar(10) } });
    expect([...sum.dataSync()]).toEqual([4, 6]);
    expect(products.map((one) => [...one!.dataSync()])).toEqual([
      [10, 20],
      [30, 40],
    ]);
  });

  test('takes new values at each call, and freezes what it captures', async () => {
    const captured = tf.tensor1d([1, 1]);
    const step = compiled((x: tf.Tensor) => tf.add(x, captured));
    expect([...(await step(tf.tensor1d([1, 2]))).dataSync()]).toEqual([2, 3]);
    captured.dispose();
    expect([...(await step(tf.tensor1d([5, 6]))).dataSync()]).toEqual([6, 7]);
  });

  test('compiles once per combination of shapes, and runs one session per call', async () => {
    const statistics = { graphs: 0, sessionRuns: 0 };
    const step = compiled((x: tf.Tensor) => tf.square(x), statistics);
    for (const x of [random(2), random(3), random(2), random(3)]) await step(x);
    expect(statistics).toEqual({ graphs: 2, sessionRuns: 4 });
  });

  test('compiles once for records that list their tensors in another order', async () => {
    const statistics = { graphs: 0, sessionRuns: 0 };
    const step = compile(({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => tf.sub(a, b), { runtime, statistics });
    const [a, b] = [tf.tensor1d([3]), tf.tensor1d([1])];
    expect((await step({ a, b })).dataSync()[0]).toBe(2);
    expect((await step({ b, a })).dataSync()[0]).toBe(2);
    expect(statistics).toEqual({ graphs: 1, sessionRuns: 2 });
  });

  test('returns an input, a constant or one tensor twice as tensors of their own', async () => {
    const step = compiled((x: tf.Tensor) => {
      const y = tf.neg(x);
      return [x, tf.tensor1d([7]), y, y];
    });
    const results = await step(tf.tensor1d([1]));
    expect(results.map((one) => one.dataSync()[0])).toEqual([1, 7, -1, -1]);
    results[2]!.dispose();
    expect(results[3]!.isDisposed).toBe(false);
  });

  test('writes equal subexpressions once, and nothing that no result needs', () => {
    const twice = (x: tf.Tensor) => tf.add(tf.exp(x), tf.exp(x));
    const once = (x: tf.Tensor) => tf.add(tf.exp(x), 1);
    const unused = (x: tf.Tensor) => {
      tf.sin(x);
      return once(x);
    };
    const x = random(3);
    expect(toOnnx(unused, x).length).toBe(toOnnx(once, x).length);
    expect(count(toOnnx(twice, x), 'Exp')).toBe(1);
  });

  test('puts no transposition between convolutions', () => {
    const filter = random(3, 3, 4, 4) as tf.Tensor4D;
    const bias = random(4);
    const conv = (x: tf.Tensor) => tf.add(tf.conv2d(x as tf.Tensor4D, filter, 1, 'same'), bias);
    const model = toOnnx((x: tf.Tensor) => conv(tf.tanh(conv(x))), random(1, 8, 8, 4));
    expect(count(model, 'Transpose')).toBe(3); // the image at both ends, and the filter's layout
  });

  test('leaves no tensor behind, also when tracing fails', async () => {
    const x = random(2, 3);
    const before = tf.memory().numTensors;
    const step = compiled((x: tf.Tensor) => tf.grad((x: tf.Tensor) => tf.sum(tf.exp(tf.mul(x, 2))))(x));
    (await step(x)).dispose();
    (await step(x)).dispose();
    (await compiled((x: tf.Tensor) => tf.keep(tf.square(x)))(x)).dispose();
    const failing = compiled((x: tf.Tensor) => {
      tf.square(x).dataSync();
      return x;
    });
    await expect(failing(x)).rejects.toThrow(TraceError);
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe('cpu');
  });
});

describe('compile explains', () => {
  const rejection = async (fn: (x: tf.Tensor) => TensorTree, x = random(2, 3)) =>
    compiled(fn)(x).then(
      () => expect.fail('nothing was thrown'),
      (error: Error) => error,
    );

  test('a read of a value', async () => {
    expect((await rejection((x) => (tf.sum(x).dataSync()[0]! > 0 ? x : tf.neg(x)))).message).toMatch(
      /reads a tensor's value.*where\(\) instead of if/,
    );
  });

  test('a kernel without a translation, with its attributes and the way out', async () => {
    const { message } = await rejection((x) => tf.upperBound(x, x));
    expect(message).toMatch(
      /no translation of the TensorFlow.js kernel 'SearchSorted' \(sortedSequence: float32 \[2,3\], values: float32 \[2,3\]; attributes .*compare with less\(\) and sum, or .*registerTranslation/,
    );
  });

  test('a result that is not a tensor', async () => {
    expect((await rejection((x) => ({ x, n: 3 }) as never)).message).toMatch(/n is a number; it must be a tensor/);
    expect((await rejection(() => [])).message).toMatch(/returned no tensor/);
  });

  test('a dtype that a graph cannot hold', async () => {
    expect((await rejection((x) => x, tf.tensor1d(['a']))).message).toMatch(
      /args is a string tensor; an ONNX graph holds float32, int32 and bool/,
    );
  });

  test('random numbers, which would be frozen', async () => {
    expect((await rejection((x) => tf.add(x, tf.randomNormal(x.shape)))).message).toMatch(
      /not pure.*a float32 tensor \[2,3\].*pass them as arguments/,
    );
    expect((await rejection((x) => tf.dropout(x, 0.5))).message).toMatch(/not pure/);
  });

  test('a disposed input', async () => {
    const x = random(2);
    x.dispose();
    expect((await rejection((x) => x, x)).message).toMatch(/args has been disposed/);
  });

  test('a call from inside another compiled function', async () => {
    const inner = compiled((x: tf.Tensor) => tf.neg(x));
    let failure: Promise<unknown> | undefined;
    const outer = compiled((x: tf.Tensor) => {
      failure = inner(x).catch((error: Error) => error);
      return tf.neg(x);
    });
    await outer(random(2));
    expect(await failure).toBeInstanceOf(TraceError);
  });
});

test('registerTranslation teaches a kernel', async () => {
  const { elementwise } = await import('../src/translations/elementwise.ts');
  registerTranslation('Atan', elementwise.Sin!); // the wrong one, to see that it is used
  const result = await compiled((x: tf.Tensor) => tf.atan(x))(tf.tensor1d([1]));
  expect(result.dataSync()[0]).toBeCloseTo(Math.sin(1), 6);
});

/** How often an operator's name occurs in a model: names are written out in the file. */
function count(model: Uint8Array, operator: string): number {
  const bytes = Buffer.from(model).toString('latin1');
  return bytes.split(`\x22${String.fromCharCode(operator.length)}${operator}`).length - 1; // field 4, a string
}
