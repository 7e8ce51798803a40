import { evaluate, expectClose } from '@rddpm/conformance';
import { ConfigError, type HostWeights } from '@rddpm/core';
import { dispose, grads, mul, sum, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { flatten, layoutOf, splitWeights, unflatten } from '../src/flat-weights.ts';

const weights: HostWeights = {
  a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  b: { shape: [], data: Float32Array.of(5) },
  c: { shape: [1], data: Float32Array.of(6) },
};
const layout = layoutOf(weights, 5); // [a, b], [c]

test('lays parameters end to end in the order of the layout, whatever the order of the record, and begins a vector when one is full', () => {
  const { a, b, c } = weights as Record<'a' | 'b' | 'c', HostWeights[string]>;
  const flat = flatten({ c, a, b }, layout, 'test');
  expect(flat).toEqual([Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(6)]);
  expect(unflatten(flat, layout)).toEqual(weights);
});

test('splits the vectors inside a graph, and a parameter that the loss ignores has gradient 0', async () => {
  const vectors = [tensor1d([1, 2, 3, 4, 5]), tensor1d([6])];
  const { parts, gradients } = await evaluate(
    ({ vectors }: { vectors: Tensor1D[] }) => ({
      parts: splitWeights(vectors, layout),
      gradients: grads((...vectors) => {
        const { a, c } = splitWeights(vectors as Tensor1D[], layout);
        return sum(mul(a!, c!));
      })(vectors),
    }),
    { vectors },
  );
  expect(parts.a!.shape).toEqual([2, 2]);
  expectClose(parts.b!, [5]);
  expectClose(gradients[0]!, [6, 6, 6, 6, 0]);
  expectClose(gradients[1]!, [10]);
  dispose(vectors);
});

test('names the parameter that does not fit', () => {
  const { a, b, c } = weights as Record<'a' | 'b' | 'c', HostWeights[string]>;
  expect(() => flatten({ a, b }, layout, 'weights')).toThrow(ConfigError);
  expect(() => flatten({ a, b }, layout, 'weights')).toThrow("weights lacks the network's parameter 'c'");
  expect(() => flatten({ a, b, c, d: c }, layout, 'weights')).toThrow(/'d' that the network does not have/);
  expect(() => flatten({ a: { ...a, shape: [4] }, b, c }, layout, 'weights')).toThrow("weights: 'a' is [4]; the network's is [2,2]");
  expect(() => flatten({ a, b, c: { shape: [1], data: Float32Array.of(Number.NaN) } }, layout, 'weights')).toThrow(/'c' holds a number/);
});
