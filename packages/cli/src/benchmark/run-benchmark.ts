/** Methods × contamination ratios × seeds, each cell in a run folder of its own. Finished cells are kept, so a run that was cut off goes on. */
import { join } from 'node:path';
import type { Backend } from '@rddpm/core';
import { type Results, resultsCsv } from '@rddpm/report';
import { writeFileAtomically } from '../atomic-file.ts';
import { contaminationFile } from '../data-set.ts';
import { type Context, note } from '../io.ts';
import type { DetectionFlags, TrainingFlags } from '../options.ts';
import { assertSameRun, type RunConfig, resolveRunConfig } from '../run-config.ts';
import { readRunConfig, readTextIfThere, runPaths, writeJson } from '../run-folder.ts';
import { assembleResults } from './assemble-results.ts';
import { meanImageCell, trainedCell, untrainedCell } from './cells.ts';
import { cellFolder, methodFlags } from './methods.ts';
import { type FinishedCell, reportPage } from './report-page.ts';
import { loadRound, type Round } from './round.ts';

export type BenchmarkOptions = {
  /** The data set's folder, absolute. */
  readonly dataset: string;
  /** Where cells, results.json, results.csv and report.html go, absolute. */
  readonly out: string;
  readonly methods: readonly string[];
  readonly contaminations: readonly number[];
  readonly seeds: readonly number[];
  /** What all cells have in common. */
  readonly flags: TrainingFlags & DetectionFlags;
  /** What was typed, for the report. */
  readonly command: string;
  readonly openBackend: () => Promise<Backend>;
};

export type CellOptions = {
  readonly run: string;
  readonly method: string;
  readonly config: RunConfig;
  readonly round: Round;
  readonly backend: Backend;
  readonly context: Context;
  readonly title: string;
};

export async function runBenchmark(options: BenchmarkOptions, context: Context): Promise<Results> {
  const { out, methods, contaminations, seeds } = options;
  const configs = new Map(methods.map((method) => [method, methodFlags(method, options.flags)])); // unknown names fail before any work
  const shared = (round: { contamination: number; seed: number }, loss: TrainingFlags): RunConfig => {
    const { delta: _, keep: __, ...flags } = options.flags;
    return resolveRunConfig(options.dataset, { ...flags, ...round, ...loss });
  };
  let backend: Backend | undefined;
  const cells: FinishedCell[] = [];
  for (const contamination of contaminations) {
    for (const seed of seeds) {
      const round = { contamination, seed };
      const work = [
        ...[...configs].map(([method, loss]) => ({ method, config: shared(round, loss), compute: trainedCell })),
        { method: 'untrained', config: shared(round, {}), compute: untrainedCell },
        { method: 'mean-image', config: shared(round, {}), compute: meanImageCell },
      ];
      let loaded: Round | undefined;
      for (const { method, config, compute } of work) {
        const run = join(out, cellFolder({ method, ...round }));
        let results = await finishedCell(run, config);
        if (results) note(context, `${method}: finished before`);
        else {
          loaded ??= await loadRound(config, context);
          backend ??= await options.openBackend();
          const suffix = contaminations.length * seeds.length > 1 ? ` (${contamination}, seed ${seed})` : '';
          await writeJson(runPaths(run).config, config);
          await writeJson(runPaths(run).contamination, await contaminationFile(loaded.data, loaded.broken));
          results = await compute({ run, method, config, round: loaded, backend, context, title: `${method}${suffix}` });
          await writeJson(runPaths(run).results, results); // last: with it the cell is finished
        }
        cells.push({ run, config, results });
      }
    }
  }
  const results = assembleResults(cells.map((cell) => cell.results));
  await writeJson(join(out, 'results.json'), results);
  await writeFileAtomically(join(out, 'results.csv'), resultsCsv(results));
  await writeFileAtomically(join(out, 'report.html'), await reportPage({ results, cells, command: options.command }, context));
  return results;
}

/** @throws {ConfigError} if the folder holds a cell of another benchmark. */
async function finishedCell(run: string, config: RunConfig): Promise<Results | undefined> {
  const stored = await readRunConfig(run);
  if (!stored) return undefined;
  assertSameRun(stored, config, runPaths(run).config);
  const text = await readTextIfThere(runPaths(run).results);
  if (text === undefined) return undefined;
  const results = JSON.parse(text) as Results;
  const [method] = results.methods;
  const finished = method?.kind === 'baseline' || method?.steps === config.training.steps;
  return finished ? results : undefined;
}
