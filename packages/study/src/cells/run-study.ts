/** Runs a study's cells, each in a run folder of its own. Finished cells are kept, so a study that was cut off goes on. */
import fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Backend, ConfigError } from '@rddpm/core';
import type { Preparation } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import { formatManifest } from '@rddpm/data';
import { type Environment, type FailedCell, parseResults, type Results, resultsCsv } from '@rddpm/report';
import * as z from 'zod/mini';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import { writeFileAtomically } from '../run/atomic-file.ts';
import { type AskedFor, contaminationFile, noteDataset, noteDuplicates } from '../run/data-set.ts';
import { withLock } from '../run/lock.ts';
import { preparationFor, scoringPreparation } from '../run/preparation.ts';
import { counted } from '../run/read-dataset.ts';
import { entriesOf, readTextIfThere } from '../run/read-if-there.ts';
import { assertSameRun, sameFit } from '../run/run-config.ts';
import { readRunConfig, runPaths, writeJson } from '../run/run-folder.ts';
import { readManifest } from '../run/test-half.ts';
import { assembleResults } from './assemble-results.ts';
import { type CellsPlan, dependentLast, isCellFolder, type PlannedCell, type PlannedRound, planRounds } from './plan-cells.ts';
import { type FinishedCell, reportPage } from './report-page.ts';
import { readResamples } from './resamples.ts';
import { openRound, type Round, trainingImages } from './round.ts';
import { runCell } from './run-cell.ts';
import type { ResampledCell } from './statistics.ts';

/** Beside cells, `out` gets results.json, results.csv and report.html. */
export type StudyOptions = CellsPlan & {
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
  /**
   * Runs cells elsewhere, such as in a process of their own, which leaves their results in their folders (`runStudyCells`); `jobs` times at once.
   * What comes together shares its images or needs what others of them trust.
   *
   * @defaultValue cells run here, one after the other
   */
  readonly elsewhere?: { readonly jobs: number; readonly run: (cells: readonly PlannedCell[]) => Promise<void> } | undefined;
};

/**
 * Runs what isn't finished, and makes tables and the page of all cells.
 *
 * A cell that can't be run – there are too few defects for its contamination, its training diverged – is named in the results'
 * `failed` and in a warning, and the others run.
 *
 * @throws {ConfigError} for unknown methods and impossible options, before anything is done; the first cell's error if no cell can be run.
 */
export async function runStudy(options: StudyOptions, reporter: Reporter): Promise<Results> {
  const { out, registry, command } = options;
  const rounds = planRounds(options, registry);
  if (options.overwrite) await clearStudy(out);
  const context = contextOf(options, reporter);
  await noteProgress(options, rounds, context);
  const outcomes = options.elsewhere ? await runElsewhere(rounds, options.elsewhere, context) : [];
  const warn = async ({ title }: PlannedCell, { message }: Error) => reporter.warn(`${title} can't be run: ${message}`);
  const isAlone = rounds.length * rounds[0]!.cells.length === 1;
  if (!options.elsewhere) {
    for (const { cells } of rounds) outcomes.push(...(await runRound(cells, context, isAlone ? {} : { onFailure: warn })));
  }

  const cells = outcomes.flatMap((outcome) => ('results' in outcome ? [outcome] : []));
  const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  if (cells.length === 0) throw failures[0]!.error;
  const results = assembleResults(
    cells.map((cell) => cell.results),
    { failed: failures.map(failedCell), resampled: await resampledOf(cells) },
  );
  await writeJson(join(out, 'results.json'), results);
  await writeFileAtomically(join(out, 'results.csv'), resultsCsv(results));
  await writeFileAtomically(join(out, 'report.html'), await reportPage({ results, cells, command, registry }, reporter));
  return results;
}

/**
 * Runs some cells of a plan and leaves their results in their folders: for queues of jobs, each with a number. Finished cells stay as they are.
 * `runStudy` of the same plan makes the tables once all are there.
 *
 * @param indices Numbers of cells: contaminations come before seeds, seeds before rows.
 * @returns Those that could not be run.
 * @throws {RangeError} if the plan has no such cell; {ConfigError} if one learns from what an unfinished cell trusts that isn't among these.
 */
export async function runStudyCells(options: StudyOptions, indices: readonly number[], reporter: Reporter): Promise<FailedCell[]> {
  const { registry } = options;
  const rounds = planRounds(options, registry);
  const all = rounds.flatMap(({ cells }) => cells);
  const unknown = indices.find((index) => !all.some((cell) => cell.index === index));
  if (unknown !== undefined)
    throw new RangeError(`runStudyCells: there is no cell ${unknown}; they are ${all[0]?.index} to ${all.at(-1)?.index}`);
  const isWanted = ({ index }: PlannedCell) => indices.includes(index);
  for (const cell of all.filter(isWanted)) {
    const trusted = all.find(({ run }) => run === cell.config.data.trust);
    if (!trusted || isWanted(trusted) || (await finishedCell(trusted, registry))) continue;
    throw new ConfigError(
      `--cell ${cell.index} (${cell.title}) learns from what cell ${trusted.index} (${trusted.title}) trusts, which isn't finished; run that first, or both together`,
    );
  }
  const context = contextOf(options, reporter);
  const outcomes: Outcome[] = [];
  const onFailure = async ({ run, title }: PlannedCell, { message }: Error) => {
    reporter.warn(`${title} can't be run: ${message}`);
    await writeJson(runPaths(run).failed, { why: message });
  };
  for (const { cells } of rounds) outcomes.push(...(await runRound(cells, context, { wanted: cells.filter(isWanted), onFailure })));
  return outcomes.flatMap((outcome) => ('error' in outcome ? [failedCell(outcome)] : []));
}

/** Says what a plan keeps of what is in the folder, where there is any. */
async function noteProgress({ out }: StudyOptions, rounds: readonly PlannedRound[], { registry, reporter }: StudyContext): Promise<void> {
  const cells = rounds.flatMap((round) => round.cells);
  const states = await Promise.all(cells.map((cell) => cellState(cell, registry)));
  const those = (state: CellState) => states.filter((each) => each === state).length;
  const planned = cells.map(({ run }) => basename(run));
  const others = (await entriesOf(out)).filter((name) => isCellFolder(name) && !planned.includes(name));
  if (those('new') === cells.length && others.length === 0) return;
  const parts = [`${those('finished')} are finished and kept`, `${those('begun')} go on`, `${those('new')} are new`];
  reporter.note(`of ${counted(cells.length, 'cell')} ${parts.join(', ')}`);
  if (others.length > 0)
    reporter.note(`${counted(others.length, 'cell')} of another plan in the folder stay as they are, and aren't in the tables`);
}

type CellState = 'finished' | 'begun' | 'new';

/** @throws {ConfigError} if the folder holds a cell of another study. */
export async function cellState(cell: PlannedCell, registry: Registry): Promise<CellState> {
  if (await finishedCell(cell, registry)) return 'finished';
  return (await entriesOf(cell.run)).length > 0 ? 'begun' : 'new';
}

type StudyContext = {
  readonly registry: Registry;
  readonly asked: AskedFor;
  readonly backend: () => Promise<Backend>;
  readonly environment: () => Environment;
  readonly reporter: Reporter;
};

function contextOf({ registry, asked = {}, ...options }: StudyOptions, reporter: Reporter): StudyContext {
  let opened: Backend | undefined;
  const backend = async () => {
    opened ??= await options.openBackend();
    return opened;
  };
  const environment = () => options.environment(opened && `${opened.name}: ${opened.device}`);
  return { registry, asked, backend, environment, reporter };
}

type FailedOutcome = { readonly cell: PlannedCell; readonly error: Error };
type Outcome = FinishedCell | FailedOutcome;

type RoundOptions = {
  /** Those cells that are to be run. @defaultValue all of the round's */
  readonly wanted?: readonly PlannedCell[];
  /** Called for a cell that can't be run. @defaultValue throws, which ends the study */
  readonly onFailure?: (cell: PlannedCell, error: Error) => Promise<void>;
};

/** @param cells Of one round: their folders may tell what was built and fitted before. @returns An outcome for each that is wanted, in their order. */
async function runRound(cells: readonly PlannedCell[], context: StudyContext, options: RoundOptions = {}): Promise<Outcome[]> {
  const { wanted = cells, onFailure } = options;
  const { registry, reporter } = context;
  const outcomes = new Map<PlannedCell, Outcome>();
  let round: Promise<Round> | undefined;
  let hasNoted = false;
  for (const cell of dependentLast(cells).filter((cell) => wanted.includes(cell))) {
    const { run, config, title } = cell;
    const before = await finishedCell(cell, registry);
    if (before) {
      reporter.note(`${title}: finished before`);
      outcomes.set(cell, { ...cell, results: before });
      continue;
    }
    try {
      round ??= openedRound(cells, wanted, context);
      const opened = await round;
      const training = await trainingImages(opened, cell.method, config);
      const contamination = await contaminationFile(opened.data, training);
      const onStart = async () => {
        if (!hasNoted) noteDuplicates(contamination, reporter);
        hasNoted = true;
        await fs.rm(runPaths(run).results, { force: true }); // it may be that of fewer steps
        await fs.rm(runPaths(run).failed, { force: true });
        await writeJson(runPaths(run).config, config);
        await writeFileAtomically(runPaths(run).contamination, formatManifest(contamination));
      };
      const results = await withLock(run, async () => {
        await shareFit(cell, cells, context);
        const results = await runCell({ ...context, ...cell, round: opened, training, contamination, onStart });
        await writeJson(runPaths(run).results, results); // last: with it the cell is finished
        return results;
      });
      outcomes.set(cell, { ...cell, results });
    } catch (error) {
      if (!isOfCell(error) || !onFailure) throw error;
      await onFailure(cell, error);
      outcomes.set(cell, { cell, error });
    }
  }
  return wanted.map((cell) => outcomes.get(cell)!);
}

async function runElsewhere(
  rounds: readonly PlannedRound[],
  { jobs, run }: NonNullable<StudyOptions['elsewhere']>,
  { registry, reporter }: StudyContext,
): Promise<Outcome[]> {
  const groups = rounds.length >= jobs ? rounds.map(({ cells }) => cells) : rounds.flatMap(({ cells }) => independentGroups(cells));
  const queue = [...groups];
  const work = async () => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      reporter.stopIfInterrupted();
      const isFinished = await Promise.all(group.map((cell) => finishedCell(cell, registry)));
      const open = group.filter((_, i) => !isFinished[i]);
      for (const { run } of open) await fs.rm(runPaths(run).failed, { force: true });
      if (open.length > 0) await run(open);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: jobs }, work)); // an interruption waits until all have saved their state
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const outcomes = rounds
    .flatMap(({ cells }) => cells)
    .map(async (cell): Promise<Outcome> => {
      const results = await finishedCell(cell, registry);
      return results ? { ...cell, results } : { cell, error: new Error(await whyFailed(cell)) };
    });
  return Promise.all(outcomes);
}

/** Cells that learn from what others trust are together with those; others are by themselves. */
function independentGroups(cells: readonly PlannedCell[]): PlannedCell[][] {
  const groups: PlannedCell[][] = [];
  for (const cell of dependentLast(cells)) {
    const group = groups.find((group) => group.some(({ run }) => run === cell.config.data.trust));
    if (group) group.push(cell);
    else groups.push([cell]);
  }
  return groups;
}

async function whyFailed({ run }: PlannedCell): Promise<string> {
  const text = await readTextIfThere(runPaths(run).failed);
  if (text === undefined) return 'its process ended before it was finished; the same command with --resume goes on';
  return parseJson(z.object({ why: z.string() }), text, runPaths(run).failed).why;
}

async function resampledOf(cells: readonly FinishedCell[]): Promise<ResampledCell[]> {
  const found = cells.map(async ({ run, name, config }) => {
    const metrics = await readResamples(run);
    return metrics ? [{ method: name, contamination: config.data.contamination, seed: config.seed, metrics }] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Errors of a cell's own data, options or numbers. Any other, such as a full disk or an interruption, is the whole study's. */
function isOfCell(error: unknown): error is Error {
  return error instanceof Error && ['ConfigError', 'FormatError', 'StepError'].includes(error.name);
}

function failedCell({ cell, error }: FailedOutcome): FailedCell {
  const { name, config } = cell;
  return { method: name, contamination: config.data.contamination, seed: config.seed, why: error.message };
}

/**
 * Of cells that differ in their reading alone, the first one's training serves all: its last checkpoint is what the others resume from,
 * with nothing left to train.
 */
async function shareFit(cell: PlannedCell, cells: readonly PlannedCell[], { registry, reporter }: StudyContext): Promise<void> {
  const { checkpoints, metrics } = runPaths(cell.run);
  if ((await entriesOf(checkpoints)).length > 0) return;
  const isEqual = ({ method, config }: PlannedCell) =>
    method.name === cell.method.name && config.data.trust === cell.config.data.trust && sameFit(method, config.config, cell.config.config);
  for (const other of cells) {
    if (other === cell || !isEqual(other)) continue;
    const from = runPaths(other.run);
    if (!(await finishedCell(other, registry)) || (await entriesOf(from.checkpoints)).length === 0) continue;
    const copied = `${checkpoints}.tmp`;
    await fs.cp(from.metrics, metrics);
    await fs.cp(from.checkpoints, copied, { recursive: true });
    await fs.rm(checkpoints, { recursive: true, force: true });
    await fs.rename(copied, checkpoints); // last, and at once: from then on the training counts as done
    reporter.note(`${cell.title}: its training is that of ${other.name}`);
    return;
  }
}

/** What will be scored is looked at first: a broken test image or mask must not come out after hours of fitting. */
async function openedRound(
  cells: readonly PlannedCell[],
  wanted: readonly PlannedCell[],
  { registry, asked, reporter }: StudyContext,
): Promise<Round> {
  const { config } = wanted[0]!;
  const round = await openRound(config, registry, reporter, await manifestOf(cells), asked);
  const asTest = (preparation: Preparation) => round.images('test', { ...preparation, ranges: {} }); // what is measured will be known later
  await round.masks(await asTest(scoringPreparation(config)));
  for (const { method, config } of wanted) await asTest(preparationFor(method, config));
  noteDataset(round.data, reporter);
  const { train, test, manifest } = round.data;
  reporter.note(
    `${counted(train.length, 'training image')}, ${manifest.contaminants} of them defective; ${counted(test.length, 'test image')}`,
  );
  return round;
}

/** What the round's cells were built from before, if one was begun: all that learn from the whole training set have the same. */
async function manifestOf(cells: readonly PlannedCell[]) {
  for (const { run, config } of cells) {
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

/** Removes what a study writes: the folder may hold more. */
export async function clearStudy(out: string): Promise<void> {
  const files = ['results.json', 'results.csv', 'report.html'];
  const ours = (await entriesOf(out)).filter((name) => isCellFolder(name) || files.includes(name));
  for (const name of ours) await fs.rm(join(out, name), { recursive: true, force: true });
}
