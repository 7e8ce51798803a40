import { evaluate, expectClose } from '@rddpm/conformance';
import { ConfigError, type HostWeights } from '@rddpm/core';
import { grad, mul, sum, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { flatten, layoutOf, splitWeights, unflatten } from '../src/flat-weights.ts';

const weights: HostWeights = {
  a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  b: { shape: [], data: Float32Array.of(5) },
  c: { shape: [1], data: Float32Array.of(6) },
};
const layout = layoutOf(weights);

test('lays parameters end to end in the order of the layout, whatever the order of the record', () => {
  const { a, b, c } = weights as Record<'a' | 'b' | 'c', HostWeights[string]>;
  const flat = flatten({ c, a, b }, layout, 'test');
  expect([...flat]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(unflatten(flat, layout)).toEqual(weights);
});

test('splits the vector inside a graph, and a parameter that the loss ignores has gradient 0', async () => {
  const flat = tensor1d([1, 2, 3, 4, 5, 6]);
  const { parts, gradient } = await evaluate(
    ({ flat }: { flat: Tensor1D }) => ({
      parts: splitWeights(flat, layout),
      gradient: grad((flat) => {
        const { a, c } = splitWeights(flat as Tensor1D, layout);
        return sum(mul(a!, c!));
      })(flat),
    }),
    { flat },
  );
  expect(parts.a!.shape).toEqual([2, 2]);
  expectClose(parts.b!, [5]);
  expectClose(gradient, [6, 6, 6, 6, 0, 10]);
  flat.dispose();
});

test('names the parameter that does not fit', () => {
  const { a, b, c } = weights as Record<'a' | 'b' | 'c', HostWeights[string]>;
  expect(() => flatten({ a, b }, layout, 'weights')).toThrow(ConfigError);
  expect(() => flatten({ a, b }, layout, 'weights')).toThrow("weights lacks the network's parameter 'c'");
  expect(() => flatten({ a, b, c, d: c }, layout, 'weights')).toThrow(/'d' that the network does not have/);
  expect(() => flatten({ a: { ...a, shape: [4] }, b, c }, layout, 'weights')).toThrow("weights: 'a' is [4]; the network's is [2,2]");
  expect(() => flatten({ a, b, c: { shape: [1], data: Float32Array.of(Number.NaN) } }, layout, 'weights')).toThrow(/'c' holds a number/);
});
