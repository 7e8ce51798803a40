/** Methods × contamination ratios × seeds, each cell in a run folder of its own. Finished cells are kept, so a run that was cut off goes on. */
import { join } from 'node:path';
import type { Backend } from '@rddpm/core';
import { parseResults, type Results, resultsCsv } from '@rddpm/report';
import { writeFileAtomically } from '../atomic-file.ts';
import { contaminationFile } from '../data-set.ts';
import { type Context, note } from '../io.ts';
import { readTextIfThere } from '../maybe-there.ts';
import type { DetectionFlags, TrainingFlags } from '../options.ts';
import { assertSameRun, type RunConfig, resolveRunConfig } from '../run-config.ts';
import { readRunConfig, runPaths, writeJson } from '../run-folder.ts';
import { assembleResults } from './assemble-results.ts';
import { type CellOptions, meanImageCell, trainedCell, untrainedCell } from './cells.ts';
import { cellFolder, methodFlags, type OwnMethods } from './methods.ts';
import { type FinishedCell, reportPage } from './report-page.ts';
import { loadRound, type Round } from './round.ts';

export type BenchmarkOptions = {
  /** The data set's folder, absolute. */
  readonly dataset: string;
  /** Where cells, results.json, results.csv and report.html go, absolute. */
  readonly out: string;
  readonly methods: readonly string[];
  readonly ownMethods?: OwnMethods;
  readonly contaminations: readonly number[];
  readonly seeds: readonly number[];
  /** What all cells have in common. */
  readonly flags: TrainingFlags & DetectionFlags;
  /** What was typed, for the report. */
  readonly command: string;
  readonly openBackend: () => Promise<Backend>;
  /** Removes what is to be overwritten, once the options are known to be possible. */
  readonly clear?: (() => Promise<void>) | undefined;
};

/** @throws {ConfigError} for unknown methods and impossible options, before anything is done. */
export async function runBenchmark(options: BenchmarkOptions, context: Context): Promise<Results> {
  const { out, contaminations, seeds, clear } = options;
  const plans = contaminations.flatMap((contamination) => seeds.map((seed) => planRound(options, { contamination, seed })));
  await clear?.();
  let backend: Backend | undefined; // a benchmark that is finished needs none
  const openBackend = async () => {
    backend ??= await options.openBackend();
    return backend;
  };
  const cells: FinishedCell[] = [];
  for (const plan of plans) cells.push(...(await runRound(plan, openBackend, context)));

  const results = assembleResults(cells.map((cell) => cell.results));
  await writeJson(join(out, 'results.json'), results);
  await writeFileAtomically(join(out, 'results.csv'), resultsCsv(results));
  await writeFileAtomically(join(out, 'report.html'), await reportPage({ results, cells, command: options.command }, context));
  return results;
}

type PlannedCell = Pick<CellOptions, 'run' | 'method' | 'config' | 'title'> & { compute: (options: CellOptions) => Promise<Results> };

/** Every method of one contamination and seed, then the baselines. @throws {ConfigError} for unknown methods and impossible options. */
function planRound(options: BenchmarkOptions, setting: { contamination: number; seed: number }): PlannedCell[] {
  const { dataset, out, methods, contaminations, seeds } = options;
  const { delta: _, keep: __, selection: ___, ...flags } = options.flags;
  const only = contaminations.length * seeds.length === 1;
  const plan = (method: string, loss: TrainingFlags, compute: PlannedCell['compute']): PlannedCell => ({
    method,
    compute,
    run: join(out, cellFolder({ method, ...setting })),
    config: resolveRunConfig(dataset, { ...flags, ...setting, ...loss }),
    title: only ? method : `${method} (${setting.contamination}, seed ${setting.seed})`,
  });
  return [
    ...methods.map((method) => plan(method, methodFlags(method, options.flags, options.ownMethods), trainedCell)),
    plan('untrained', {}, untrainedCell),
    plan('mean-image', {}, meanImageCell),
  ];
}

async function runRound(plans: readonly PlannedCell[], openBackend: () => Promise<Backend>, context: Context): Promise<FinishedCell[]> {
  let round: Round | undefined;
  const cells: FinishedCell[] = [];
  for (const { compute, ...plan } of plans) {
    const { run, config, title } = plan;
    let results = await finishedCell(run, config);
    if (results) note(context, `${title}: finished before`);
    else {
      round ??= await loadRound(config, context);
      await writeJson(runPaths(run).config, config);
      await writeJson(runPaths(run).contamination, await contaminationFile(round.data, round.broken));
      results = await compute({ ...plan, round, backend: await openBackend(), context });
      await writeJson(runPaths(run).results, results); // last: with it the cell is finished
    }
    cells.push({ run, config, results });
  }
  return cells;
}

/** @throws {ConfigError} if the folder holds a cell of another benchmark. {FormatError} if its results.json is damaged. */
async function finishedCell(run: string, config: RunConfig): Promise<Results | undefined> {
  const stored = await readRunConfig(run);
  if (!stored) return undefined;
  assertSameRun(stored, config, runPaths(run).config);
  const text = await readTextIfThere(runPaths(run).results);
  if (text === undefined) return undefined;
  const results = parseResults(text, runPaths(run).results);
  const [method] = results.methods;
  const finished = method?.role === 'reference' || method?.facts.steps === config.training.steps;
  return finished ? results : undefined;
}
