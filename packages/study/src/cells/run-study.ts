/** Rows × contamination ratios × seeds, each cell in a run folder of its own. Finished cells are kept, so a study that was cut off goes on. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, ConfigError } from '@rddpm/core';
import type { Method, Preparation, StudyRow } from '@rddpm/core/contracts';
import { formatManifest } from '@rddpm/data';
import { type Environment, parseResults, type Results, resultsCsv } from '@rddpm/report';
import { completed, methodNamed, type Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import { writeFileAtomically } from '../run/atomic-file.ts';
import { type AskedFor, contaminationFile, noteDataset, noteDuplicates } from '../run/data-set.ts';
import { inputFor, preparationFor, scoringPreparation } from '../run/preparation.ts';
import { counted } from '../run/read-dataset.ts';
import { entriesOf, readTextIfThere } from '../run/read-if-there.ts';
import { assertSameRun, type DataConfig, type RunConfig, sameFit } from '../run/run-config.ts';
import { readRunConfig, runPaths, writeJson } from '../run/run-folder.ts';
import { readManifest } from '../run/test-half.ts';
import { assembleResults } from './assemble-results.ts';
import { type FinishedCell, reportPage } from './report-page.ts';
import { openRound, type Round, trainingImages } from './round.ts';
import { runCell } from './run-cell.ts';

export type StudyOptions = {
  /** Where cells, results.json, results.csv and report.html go, absolute. */
  readonly out: string;
  readonly rows: readonly StudyRow[];
  readonly contaminations: readonly DataConfig['contamination'][];
  readonly seeds: readonly number[];
  /** What all cells have in common. `dataset` is the data set's folder, absolute. */
  readonly shared: Pick<RunConfig, 'dataset' | 'layout' | 'calibration' | 'falseAlarms' | 'smoothing' | 'backend'> & {
    readonly data: Omit<RunConfig['data'], 'contamination'>;
  };
  /** As for `openContaminated`. */
  readonly asked?: AskedFor;
  /** What was typed, for the report. */
  readonly command: string;
  readonly registry: Registry;
  /** Called when the first cell needs it: a study that is finished needs none. */
  readonly openBackend: () => Promise<Backend>;
  /** What results say of the machine. @param backend `'onnx: CPU, 2 threads'`, or nothing where no method asked for one. */
  readonly environment: (backend: string | undefined) => Environment;
  /** Removes what an earlier study left in the folder, once the options are known to be possible. @defaultValue false */
  readonly overwrite?: boolean | undefined;
};

/** @throws {ConfigError} for unknown methods and impossible options, before anything is done. */
export async function runStudy(options: StudyOptions, reporter: Reporter): Promise<Results> {
  const { out, contaminations, seeds, registry, asked = {}, command } = options;
  const rounds = contaminations.flatMap((contamination) => seeds.map((seed) => planRound(options, { contamination, seed })));
  if (options.overwrite) await clearStudy(out);
  let opened: Backend | undefined;
  const backend = async () => {
    opened ??= await options.openBackend();
    return opened;
  };
  const environment = () => options.environment(opened && `${opened.name}: ${opened.device}`);
  const cells: FinishedCell[] = [];
  for (const plans of rounds) cells.push(...(await runRound(plans, { registry, asked, backend, environment, reporter })));

  const results = assembleResults(cells.map((cell) => cell.results));
  await writeJson(join(out, 'results.json'), results);
  await writeFileAtomically(join(out, 'results.csv'), resultsCsv(results));
  await writeFileAtomically(join(out, 'report.html'), await reportPage({ results, cells, command, registry }, reporter));
  return results;
}

type PlannedCell = {
  readonly run: string;
  readonly name: string;
  readonly method: Method;
  readonly config: RunConfig;
  readonly title: string;
};

type Varied = { readonly contamination: DataConfig['contamination']; readonly seed: number };

/** Every row at one contamination and seed. */
function planRound(options: StudyOptions, { contamination, seed }: Varied): PlannedCell[] {
  const { out, rows, contaminations, seeds, shared, registry } = options;
  const only = contaminations.length * seeds.length === 1;
  const names = rows.map(({ name, method }) => name ?? method);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ConfigError(`there are two rows called '${twice}'; each needs a name of its own`);
  return rows.map((row, i) => {
    const method = methodNamed(registry, row.method, '--methods');
    if (!method.accepts.includes('image')) {
      throw new ConfigError(`${method.name} doesn't take images, which the data set has; it takes ${method.accepts.join(', ')}`);
    }
    const { trust } = row;
    if (trust !== undefined && !names.includes(trust)) {
      throw new ConfigError(`${names[i]} learns from what ${trust} trusts, which is not among the rows; list it, too`);
    }
    const trusted = trust === undefined ? {} : { trust: join(out, cellFolder({ name: trust, contamination, seed })) };
    const data = { ...shared.data, contamination, ...trusted };
    const asked = method.config.parse(row.config);
    const input = inputFor(method, asked, data);
    const config: RunConfig = { version: 2, ...shared, seed, data, method: method.name, config: completed(method, asked, input) };
    const name = names[i]!;
    return {
      name,
      method,
      config,
      run: join(out, cellFolder({ name, contamination, seed })),
      title: only ? name : `${name} (${contamination}, seed ${seed})`,
    };
  });
}

type RoundContext = {
  readonly registry: Registry;
  readonly asked: AskedFor;
  readonly backend: () => Promise<Backend>;
  readonly environment: () => Environment;
  readonly reporter: Reporter;
};

async function runRound(plans: readonly PlannedCell[], context: RoundContext): Promise<FinishedCell[]> {
  const { registry, reporter } = context;
  let round: Round | undefined;
  const cells = new Map<PlannedCell, FinishedCell>();
  for (const plan of dependentLast(plans)) {
    const { run, config, title, method } = plan;
    let results = await finishedCell(plan, registry);
    if (results) reporter.note(`${title}: finished before`);
    else {
      round ??= await openedRound(config, plans, context);
      const training = await trainingImages(round, method, config);
      const contamination = await contaminationFile(round.data, training);
      const onStart = async () => {
        if (cells.size === 0) noteDuplicates(contamination, reporter);
        await fs.rm(runPaths(run).results, { force: true }); // it may be that of fewer steps
        await writeJson(runPaths(run).config, config);
        await writeFileAtomically(runPaths(run).contamination, formatManifest(contamination));
      };
      results = await runCell({ ...context, ...plan, round, training, contamination, onStart });
      await writeJson(runPaths(run).results, results); // last: with it the cell is finished
    }
    cells.set(plan, { ...plan, results });
  }
  return plans.map((plan) => cells.get(plan)!);
}

/** Cells that learn from what others trust come after those. @throws {ConfigError} for those that wait for each other. */
function dependentLast(plans: readonly PlannedCell[]): PlannedCell[] {
  const ordered: PlannedCell[] = [];
  while (ordered.length < plans.length) {
    const isReady = ({ config: { data } }: PlannedCell) => data.trust === undefined || ordered.some(({ run }) => run === data.trust);
    const next = plans.find((plan) => !ordered.includes(plan) && isReady(plan));
    if (!next) throw new ConfigError("rows that learn from what each other trusts can't begin; let one of them learn from all");
    ordered.push(next);
  }
  return ordered;
}

/** What will be scored is looked at first: a broken test image or mask must not come out after hours of fitting. */
async function openedRound(config: RunConfig, plans: readonly PlannedCell[], { registry, asked, reporter }: RoundContext): Promise<Round> {
  const round = await openRound(config, registry, reporter, await manifestOf(plans), asked);
  const asTest = (preparation: Preparation) => round.images('test', { ...preparation, ranges: {} }); // what is measured will be known later
  await round.masks(await asTest(scoringPreparation(config)));
  for (const { method, config } of plans) await asTest(preparationFor(method, config));
  noteDataset(round.data, reporter);
  const { train, test, manifest } = round.data;
  reporter.note(
    `${counted(train.length, 'training image')}, ${manifest.contaminants} of them defective; ${counted(test.length, 'test image')}`,
  );
  return round;
}

/** What the round's cells were built from before, if one was begun: all that learn from the whole training set have the same. */
async function manifestOf(plans: readonly PlannedCell[]) {
  for (const { run, config } of plans) {
    if (config.data.trust !== undefined) continue;
    const manifest = await readManifest(run);
    if (manifest) return manifest;
  }
  return undefined;
}

/** @throws {ConfigError} if the folder holds a cell of another study. */
async function finishedCell({ run, config, method }: PlannedCell, registry: Registry): Promise<Results | undefined> {
  const stored = await readRunConfig(run, registry, method.name);
  if (!stored) return undefined;
  const paths = runPaths(run);
  assertSameRun(stored, config, paths.config, method, await readManifest(run));
  const text = await readTextIfThere(paths.results);
  if (text === undefined || !sameFit(method, stored.config, config.config)) return undefined;
  return parseResults(text, paths.results);
}

function cellFolder({ name, contamination, seed }: Varied & { name: string }): string {
  return `${name}_contamination-${contamination}_seed-${seed}`;
}

const CELL_FOLDER = /_contamination-(?:[\d.e-]+|natural)_seed-\d+$/;

/** Removes what a study writes: the folder may hold more. */
export async function clearStudy(out: string): Promise<void> {
  const files = ['results.json', 'results.csv', 'report.html'];
  const ours = (await entriesOf(out)).filter((name) => CELL_FOLDER.test(name) || files.includes(name));
  for (const name of ours) await fs.rm(join(out, name), { recursive: true, force: true });
}
