import { evaluate, expectClose } from '@rddpm/conformance';
import type { HostTensor } from '@rddpm/core';
import { dispose, mul, square, sum } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { argumentsOf, measuring } from '../src/corpora.ts';
import { type CorpusCase, corpusCase, values, whole } from '../src/corpus.ts';
import { type Measure, measureBatch } from '../src/measure-batch.ts';

const one = (name: string): CorpusCase => corpusCase({ name, fn: ({ x }) => x, args: { x: values([1]) } });
const result: HostTensor = { shape: [1], data: Float32Array.of(1) };

/** Fails for batches that hold a case of this name. */
const failingFor =
  (name: string): Measure =>
  async (cases) => {
    if (cases.some((one) => one.name === name)) throw new Error(`${name} fails`);
    return cases.map(() => [result]);
  };

test('a case that fails is named, and takes none of its batch along', async () => {
  const [works, fails] = await measureBatch([one('works'), one('breaks')], failingFor('breaks'));
  expect(works).toEqual([result]);
  expect(fails).toEqual(new Error('breaks fails'));
});

test('cases that fail only together fail, all of them', async () => {
  const alone: Measure = async (cases) => {
    if (cases.length > 1) throw new Error('too many');
    return [[result]];
  };
  const measured = await measureBatch([one('a'), one('b')], alone);
  expect(measured).toEqual(Array(2).fill(new Error('each case of the batch works alone, but not all of them together: Error: too many')));
});

test('results come in order, then gradients of their sum, weighted by cos 0, cos 1, …', async () => {
  const measured = corpusCase({
    name: 'two results of two arguments',
    fn: ({ x, k }) => ({ first: square(x), second: [sum(mul(x, k))] }),
    args: { x: values([3, 5]), k: whole([2, 4]) },
    gradientOf: ['x'],
  });
  const args = argumentsOf(measured);
  const [first, second, byX] = (await evaluate(measuring(measured), args)) as [HostTensor, HostTensor, HostTensor];
  dispose(args);
  expectClose(first, { shape: [2], data: Float32Array.of(9, 25) });
  expectClose(second, { shape: [], data: Float32Array.of(26) });
  expectClose(byX, { shape: [2], data: Float32Array.of(6 + 2, 10 * Math.cos(1) + 4) });
});
