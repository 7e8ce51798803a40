import type { HostTensor } from '@rddpm/core';
import type { CorpusCase } from './corpus.ts';

/** Computes cases in one call, in their order. */
export type Measure = (cases: readonly CorpusCase[]) => Promise<HostTensor[][]>;

/**
 * The results of a batch, case by case. Where the batch as a whole fails, each case is run again alone: those that fail are named by their
 * own error, and the others keep their results. Where none fails alone, all have an error: together is how graphs are used.
 */
export async function measureBatch(cases: readonly CorpusCase[], measure: Measure): Promise<(readonly HostTensor[] | Error)[]> {
  try {
    return await measure(cases);
  } catch (together) {
    const alone: (readonly HostTensor[] | Error)[] = [];
    for (const one of cases) {
      alone.push(
        await measure([one]).then(
          ([results]) => results!,
          (error: Error) => error,
        ),
      );
    }
    if (alone.some((result) => result instanceof Error)) return alone;
    return cases.map(() => new Error(`each case of the batch works alone, but not all of them together: ${together}`, { cause: together }));
  }
}
