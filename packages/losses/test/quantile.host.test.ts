import { evaluate, evaluator, expectClose, expectNoLeak } from '@rddpm/conformance';
import { createRng } from '@rddpm/core';
import { dispose, scalar, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { kthSmallest, quantile } from '../src/quantile.ts';

const normal = (n: number) => createRng('quantile').normal(new Float32Array(n));

test('the k-th smallest is one of the values, exactly', async () => {
  await expectNoLeak(async () => {
    const sorted = normal(1001).map(Math.abs).toSorted();
    const values = tensor1d(sorted.toReversed());
    const kth = evaluator(({ values, k }: { values: Tensor; k: Tensor }) => kthSmallest(values, k as never));
    for (const k of [1, 2, 500, 1000, 1001]) {
      const at = scalar(k);
      expect((await kth({ values, k: at })).data[0]).toBe(sorted[k - 1]);
      at.dispose();
    }
    values.dispose();
  });
});

test.each<[string, number[], number, number]>([
  ['of ties', [3, 1, 3, 1, 3], 3, 3],
  ['0', [0, 0, 1, 0], 3, 0],
  ['beside one that is 40 powers of ten larger', [1e-20, 1e20, 2e-20, 3e20], 2, 2e-20],
  ['in the highest binade', [3.4e38, 1, 3.3e38], 2, 3.3e38],
  ['infinity', [1, Number.POSITIVE_INFINITY, 2], 3, Number.POSITIVE_INFINITY],
  ['of neighbours', [1, 1 + 2 ** -23, 1 + 2 ** -22], 2, 1 + 2 ** -23],
])('the k-th smallest can be %s', async (_, data, k, expected) => {
  // few and many are found in different ways
  for (const copies of [1, 200]) {
    const values = tensor1d(Array.from({ length: copies }, () => data).flat());
    const kth = await evaluate(({ values }: { values: Tensor }) => kthSmallest(values, (k - 1) * copies + 1), { values });
    expect(kth.data[0]).toBe(Math.fround(expected));
    values.dispose();
  }
});

test.each([0, 0.1, 0.25, 0.5, 0.77, 1])('the %d quantile is linear between neighbours of the sorted values', async (q) => {
  for (const n of [1, 7, 400]) {
    const data = normal(n);
    const sorted = data.toSorted();
    const below = Math.floor(q * (n - 1));
    const part = q * (n - 1) - below;
    const values = tensor1d(data);
    const { data: actual } = await evaluate(({ values }: { values: Tensor }) => quantile(values, q), { values });
    expectClose(actual, [sorted[below]! * (1 - part) + (sorted[below + 1] ?? 0) * part], 1e-6);
    values.dispose();
  }
});

test('a median between ties is the tied value', async () => {
  const values = tensor1d([-2, 5, -2, -2, -7, 3]); // sorted -7 -2 -2 -2 3 5
  expect((await evaluate(({ values }: { values: Tensor }) => quantile(values, 0.5), { values })).data[0]).toBe(-2);
  values.dispose();
});

test('NaN among the values is NaN', async () => {
  const values = tensor1d([-1, Number.NaN, -3]);
  const both = ({ values }: { values: Tensor }) => ({ kth: kthSmallest(values, 1), median: quantile(values, 0.5) });
  const { kth, median } = await evaluate(both, { values });
  expect(kth.data[0]).toBeNaN();
  expect(median.data[0]).toBeNaN();
  dispose(values);
});
