/**
 * What every other backend is compared with: TensorFlow.js in plain JavaScript. scripts/cpu-reference.mjs computes it in a process of its own,
 * once for all backends of a test run, which read it as the module `virtual:cpu-reference`.
 */
import { createBackend } from '@rddpm/backend/cpu';
import { dispose } from '@tensorflow/tfjs-core';
import { argumentsOf, CORPORA, type CorpusReference, measuring } from './corpora.ts';
import { LOSS_NAMES, type LossName, type WholeRun, wholeRun } from './whole-run.ts';

export type CpuReference = { readonly corpus: CorpusReference; readonly wholeRuns: Readonly<Record<LossName, WholeRun>> };

export async function computeCpuReference(): Promise<CpuReference> {
  const backend = await createBackend();
  const corpus: Record<string, CorpusReference[string]> = {};
  for (const [name, cases] of Object.entries(CORPORA)) {
    const results: Record<string, CorpusReference[string][string]> = {};
    for (const one of cases) {
      if (results[one.name]) throw new Error(`the corpus of ${name} has two cases '${one.name}'`);
      const args = argumentsOf(one);
      const tensors = await backend.compile(measuring(one))(args);
      results[one.name] = tensors.map((tensor) => ({ shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) }));
      dispose([args, tensors] as never);
    }
    corpus[name] = results;
  }
  const runs: (readonly [string, WholeRun])[] = [];
  for (const name of LOSS_NAMES) runs.push([name, await wholeRun(backend, name)]);
  return { corpus, wholeRuns: Object.fromEntries(runs) as Record<LossName, WholeRun> };
}
