/** Every function of every corpus on the backend under test, compiled together, against plain JavaScript. */

import reference from 'virtual:cpu-reference';
import { backend, evaluate, expectClose } from '@rddpm/conformance';
import { type HostTensor, ShapeError } from '@rddpm/core';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { argumentsOf, CORPORA, measuring } from '../src/corpora.ts';
import type { CorpusCase } from '../src/corpus.ts';

/** As many cases make one graph: compiling takes longer than computing, and one that fails takes the others of its batch along. */
const BATCH = 40;

describe.each(Object.entries(CORPORA))('%s', (name, cases) => {
  const batches = Array.from({ length: Math.ceil(cases.length / BATCH) }, (_, i) => cases.slice(i * BATCH, (i + 1) * BATCH));

  describe.each(batches.map((batch, i) => [i + 1, batch] as const))('batch %i', (_, batch) => {
    let together: Promise<readonly HostTensor[][] | undefined>;

    test.each(batch.map((one, place) => [one.name, one, place] as const))('%s', async (_, one, place) => {
      together ??= computed(batch).catch(() => undefined); // then each alone, so that the one that fails is named
      const results = (await together)?.[place];
      const expected = reference.corpus[name]![one.name]!;
      if (results) {
        try {
          return expectResults(results, expected, one);
        } catch (error) {
          await computed([one]).then(([alone]) => expectResults(alone!, expected, one));
          throw new Error(`right alone, wrong in one graph with the rest of its batch: ${error}`, { cause: error });
        }
      }
      const [alone] = await computed([one]);
      expectResults(alone!, expected, one);
      // a batch that fails although each of its cases passes is a fault, too
      if (place === batch.length - 1) await computed(batch);
    });
  });
});

/** In one call, which `evaluate` asserts to be one run of a session on ONNX Runtime. */
async function computed(cases: readonly CorpusCase[]): Promise<HostTensor[][]> {
  const args = cases.map(argumentsOf);
  try {
    return await evaluate((all: Record<string, Tensor>[]) => all.map((own, i) => measuring(cases[i]!)(own)), args);
  } finally {
    dispose(args as never);
  }
}

function expectResults(actual: readonly HostTensor[], expected: readonly HostTensor[], { tolerance = 1e-5 }: CorpusCase): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, result] of expected.entries()) expectClose(actual[i]!, result, tolerance);
}

test('a case that fails takes no other of its batch along, and is named', async () => {
  const works: CorpusCase = { name: 'works', fn: ({ x }) => x!.square(), args: { x: { shape: [2], data: Float32Array.of(1, 2) } } };
  const fails: CorpusCase = {
    ...works,
    name: 'fails',
    fn: () => {
      throw new ShapeError('it fails');
    },
  };
  await expect(computed([works, fails])).rejects.toThrow('it fails');
  const [[square]] = (await computed([works])) as [[HostTensor]];
  expectClose(square, { shape: [2], data: Float32Array.of(1, 4) }, 0);
  expect(() => expectResults([square], [{ shape: [2], data: Float32Array.of(1, 4.5) }], works)).toThrow(/element 1 is 4, not 4\.5/);
  expect(backend.name).not.toBe('cpu'); // which would be compared with itself
});
