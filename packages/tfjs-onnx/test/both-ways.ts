import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { compile, type OnnxRuntime } from '../src/index.ts';
import type { Translation } from '../src/translations/index.ts';

export const runtime = ort as unknown as OnnxRuntime;

tf.enableProdMode();
await tf.setBackend('cpu');

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** Draws one function and its inputs. */
export type Case = (draw: Draw) => readonly [fn: Fn, ...inputs: tf.Tensor[]];

let drawn = { test: '', times: 0 };
/** Normal numbers, another set at each call of a test, the same sets whatever other tests ran before. */
export function random(...shape: number[]): tf.Tensor {
  const test = expect.getState().currentTestName ?? '';
  drawn = { test, times: drawn.test === test ? drawn.times + 1 : 1 };
  return tf.randomNormal(shape, 0, 1, 'float32', drawn.times);
}

/** Shapes, attributes and tensors at random, the same ones for the same seed. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1); // neighbouring seeds start far apart
  }

  /** From low to high, both included. */
  integer(low: number, high: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator; its high bits are the random ones
    return low + Math.floor((this.#state / 2 ** 32) * (high - low + 1));
  }

  oneOf<T>(...items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  shape(rank = this.integer(1, 4)): number[] {
    return Array.from({ length: rank }, () => this.integer(1, 4));
  }

  /** A shape that broadcasts with `shape`, to it or to a larger one. */
  alongside(shape: readonly number[]): number[] {
    const trailing = shape.slice(this.integer(0, shape.length));
    return trailing.map((length) => (length === 1 ? this.integer(1, 3) : this.oneOf(1, length)));
  }

  axis(shape: readonly number[]): number {
    return this.integer(-shape.length, shape.length - 1);
  }

  /** Some of the axes, in order; at least one. */
  axes(shape: readonly number[]): number[] {
    const chosen = shape.map((_, axis) => axis).filter(() => this.integer(0, 1) === 1);
    return chosen.length > 0 ? chosen : [this.integer(0, shape.length - 1)];
  }

  tensor(shape: readonly number[], low = -2, high = 2): tf.Tensor {
    return tf.randomUniform([...shape], low, high, 'float32', this.integer(1, 2 ** 30));
  }

  integers(shape: readonly number[], low: number, high: number): tf.Tensor {
    const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => this.integer(low, high));
    return tf.tensor(values, [...shape], 'int32');
  }

  bools(shape: readonly number[]): tf.Tensor {
    return tf.cast(this.integers(shape, 0, 1), 'bool');
  }
}

/** The kernels whose values, and whose gradients, have been compared in the test file at hand. */
const compared = { values: new Set<string>(), gradients: new Set<string>() };

const kernelsOf = async (fn: () => unknown): Promise<string[]> => (await tf.profile(fn as () => tf.Tensor)).kernelNames;

/** The tensors that `fn` returns, computed by TensorFlow.js in JavaScript and by the compiled graph, are the same to `tolerance`. */
export async function expectSame(fn: Fn, inputs: readonly tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const run = (args: readonly tf.Tensor[]) => [fn(...args)].flat();
  const expected = run(inputs);
  for (const name of await kernelsOf(() => run(inputs))) compared.values.add(name);
  const compiled = compile(run, { runtime, session: { intraOpNumThreads: 1 } }); // hundreds of sessions: no threads for each
  expectEqual(await compiled(inputs), expected, tolerance, inputs);
}

/** The same for the gradients of a weighted sum of `fn` with respect to every input. */
export async function expectSameGradients(fn: Fn, inputs: readonly tf.Tensor[], tolerance = 1e-4): Promise<void> {
  for (const name of await kernelsOf(() => fn(...inputs))) compared.gradients.add(name);
  const weighted = (...args: tf.Tensor[]) => tf.addN([fn(...args)].flat().map((y) => tf.sum(tf.mul(y, weights(y))))) as tf.Scalar;
  await expectSame((...args) => tf.grads(weighted)(args), inputs, tolerance);
}

/** What a result is multiplied with before it is summed: other numbers everywhere, so that a gradient in the wrong place is seen. */
export const weights = (y: tf.Tensor): tf.Tensor => tf.cos(tf.reshape(tf.range(0, y.size, 1, 'float32'), y.shape));

export function expectEqual(actual: readonly tf.Tensor[], expected: readonly tf.Tensor[], tolerance: number, inputs: readonly tf.Tensor[]) {
  const kinds = (tensors: readonly tf.Tensor[]) => tensors.map(({ shape, dtype }) => `${dtype} [${shape}]`);
  const given = `of inputs ${kinds(inputs).join(', ')}`;
  expect(kinds(actual), given).toEqual(kinds(expected));
  for (const [i, tensor] of expected.entries()) {
    const [a, b] = [actual[i]!.dataSync(), tensor.dataSync()];
    for (let k = 0; k < b.length; k++) {
      const isClose = Object.is(a[k], b[k]) || Math.abs(a[k]! - b[k]!) <= tolerance * Math.max(1, Math.abs(b[k]!));
      if (!isClose) expect.fail(`result ${i}, element ${k} of [${tensor.shape}] is ${a[k]}, not ${b[k]}, ${given}`);
    }
  }
}

const DRAWS = [1, 2, 3];

/** One test per case and draw. */
export function valuesConform(cases: Readonly<Record<string, Case>>): void {
  for (const [name, draw] of Object.entries(cases)) {
    test.each(DRAWS)(`${name}, draw %i`, async (seed) => {
      const [fn, ...inputs] = draw(new Draw(seed));
      await expectSame(fn, inputs);
    });
  }
}

export function valuesAndGradientsConform(cases: Readonly<Record<string, Case>>): void {
  for (const [name, draw] of Object.entries(cases)) {
    test.each(DRAWS)(`${name} and its gradient, draw %i`, async (seed) => {
      const [fn, ...inputs] = draw(new Draw(seed));
      await expectSame(fn, inputs);
      await expectSameGradients(fn, inputs);
    });
  }
}

/**
 * No translation without a comparison, and none that TensorFlow.js can differentiate without one of gradients. Comes last in a file.
 *
 * @param gradientless Kernels whose registered gradient can't be compared.
 */
export function everyKernelWasCompared(translations: Readonly<Record<string, Translation>>, gradientless: readonly string[] = []): void {
  beforeAll(() => {
    for (const names of Object.values(compared)) names.clear(); // those of the file before
  });
  test('every kernel was compared, and its gradient', () => {
    const names = Object.keys(translations);
    expect(names.filter((name) => !compared.values.has(name))).toEqual([]);
    const differentiable = names.filter((name) => tf.getGradient(name) && !compared.gradients.has(name));
    expect(differentiable).toEqual(gradientless);
  });
}
