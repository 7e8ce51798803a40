/** Every function of every corpus on the backend under test, compiled together, against plain JavaScript. */

import reference from 'virtual:cpu-reference';
import { evaluate, expectClose } from '@rddpm/conformance';
import type { HostTensor } from '@rddpm/core';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { argumentsOf, CORPORA, measuring } from '../src/corpora.ts';
import type { CorpusCase } from '../src/corpus.ts';
import { measureBatch } from '../src/measure-batch.ts';

/** As many cases make one graph: compiling takes longer than computing. */
const BATCH = 40;

describe.each(Object.entries(CORPORA))('%s', (name, cases) => {
  const batches = Array.from({ length: Math.ceil(cases.length / BATCH) }, (_, i) => cases.slice(i * BATCH, (i + 1) * BATCH));

  describe.each(batches.map((batch, i) => [i + 1, batch] as const))('batch %i', (_, batch) => {
    let measured: Awaited<ReturnType<typeof measureBatch>>;

    beforeAll(async () => {
      measured = await measureBatch(batch, onBackend);
    });

    test.each(batch.map((one, place) => [one.name, one, place] as const))('%s', (_, one, place) => {
      const actual = measured[place]!;
      if (actual instanceof Error) throw actual;
      const expected = reference.corpus[name]![one.name]!;
      expect(actual.length).toBe(expected.length);
      for (const [i, result] of expected.entries()) expectClose(actual[i]!, result, one.tolerance ?? 1e-5, { nan: true });
    });
  });
});

/** In one call, which `evaluate` asserts to be one run of a session on ONNX Runtime. */
async function onBackend(cases: readonly CorpusCase[]): Promise<HostTensor[][]> {
  const args = cases.map(argumentsOf);
  try {
    return await evaluate((all: Record<string, Tensor>[]) => all.map((own, i) => measuring(cases[i]!)(own)), args);
  } finally {
    dispose(args as never);
  }
}
