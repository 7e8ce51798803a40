import { basename, join, relative, resolve } from 'node:path';
import { ConfigError, definedFields } from '@rddpm/core';
import type { StudyPlan, StudyRow } from '@rddpm/core/contracts';
import { DEFAULT_FALSE_ALARMS, DEFAULT_SMOOTHING } from '@rddpm/maps';
import { type FailedCell, type Results, resultsTable } from '@rddpm/report';
import {
  assertFree,
  type DataConfig,
  planRounds,
  type Registry,
  type Reporter,
  runStudy,
  runStudyCells,
  type StudyOptions,
} from '@rddpm/study';
import type { Command } from 'commander';
import { join as shellJoin } from 'shlex';
import { openBackend } from '../backend.ts';
import { assertUseful, builtAs } from '../built-set.ts';
import { cellTable, printedPlan } from '../cell-table.ts';
import { describeEnvironment } from '../environment.ts';
import { type Context, note, printResult } from '../io.ts';
import { addCalibrationOption, addMethodOptions, addRecipeOption, type CalibrationFlags, type MethodFlags } from '../method-options.ts';
import { list, wholeNumber } from '../option-values.ts';
import {
  addBackendOptions,
  addDataOptions,
  addFalseAlarmsOption,
  addSmoothingOption,
  type BackendFlags,
  contamination,
  type DataFlags,
  type FalseAlarmsFlags,
  type NamedConfig,
  type SmoothingFlags,
} from '../options.ts';
import { processes } from '../processes.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { DEFAULT_CALIBRATION, ownRow, type RunFlags, recipeOf, resolveData, resolveRows, rowOfLoss, selection } from '../resolve-run.ts';

/** The paper's methods, the best one here, and two references that show what learning adds. */
export const DEFAULT_METHODS: readonly string[] = ['ddpm', 'rddpm-huber', 'rddpm-lts', 'rddpm-concentrated', 'untrained', 'mean-image'];
const DEFAULT_CONTAMINATIONS = [0.2];
const DEFAULT_SEEDS = [0];

type Flags = MethodFlags &
  DataFlags &
  SmoothingFlags &
  CalibrationFlags &
  FalseAlarmsFlags &
  BackendFlags &
  Pick<RunFlags, 'selection' | 'recipe'> & {
    out: string;
    methods?: string[];
    study?: string;
    loss?: Record<string, NamedConfig>;
    contamination?: DataConfig['contamination'][];
    seed?: number[];
    resume?: boolean;
    overwrite?: boolean;
    json?: boolean;
    jobs?: number;
    cell?: number[];
    plan?: string;
    printConfig?: boolean;
    dryRun?: boolean;
  };

export async function define(command: Command, context: () => Context): Promise<void> {
  const registry = await openRegistry(context().choices);
  const studies = registry.studies.map(({ name, description }) => `${name} (${description})`).join(', ');
  command
    .argument('<dataset...>', "a data set's folder, such as one in MVTec AD layout, or a list of images")
    .requiredOption('--out <dir>', 'folder for results.json, results.csv, report.html and the runs')
    .option(
      '--methods <list>',
      `of ${methodList(registry)}; a@b learns from what b trusts, a+b fuses the maps of both (default: ${DEFAULT_METHODS.join(', ')})`,
      list(String),
    )
    .option('--study <name>', `rows that are listed already: ${studies}`)
    .option(
      '--loss <name=config>',
      'another row: its name, and the loss of its diffusion method, as in \'soft={"name":"huber","delta":1}\'; repeatable',
      ownRow,
    )
    .option(
      '--contamination <list>',
      'ratios of defective training images, or natural (default: 0.2, or 0 with --label-noise)',
      list(contamination),
    )
    .option('--seed <list>', 'seeds (default: 0)', list(wholeNumber(0)))
    .option('--selection <config>', 'of the concentrated methods, as for rddpm train', selection);
  addMethodOptions(addDataOptions(command, registry.layouts), registry, { what: 'all', cwd: context().cwd });
  addBackendOptions(addRecipeOption(addFalseAlarmsOption(addCalibrationOption(addSmoothingOption(command))), registry))
    .option(
      '--plan <file>',
      'the data sets and options of a study, in a file such as rddpm.config.ts or .json; what is typed counts before it',
    )
    .option(
      '--jobs <n>',
      'processes at a time, each with its share of the processors unless --threads says otherwise (default: 1)',
      wholeNumber(1),
    )
    .option('--cell <list>', 'run only the cells of these numbers, which --dry-run lists, and make no tables', list(wholeNumber(0)))
    .option('--dry-run', 'list the cells, how far they are, and how long the others will take by what the finished ones took')
    .option('--print-config', 'the whole plan as JSON: its rows with every field, and its cells')
    .option('--resume', 'go on where a run of the same options was cut off')
    .option('--overwrite', 'remove what an earlier benchmark left in the folder')
    .option('--json', 'results.json on stdout instead of the table')
    .addHelpText('after', "\nA method's options go to the methods that have them.")
    .action((datasets: string[], flags: Flags) => benchmark(datasets, flags, context()));
}

const CONCENTRATED = '-concentrated';

/** The methods' names for the help. Of a method and its concentrated twin one is listed, with a star. */
function methodList({ methods }: Registry): string {
  const names = methods.map(({ name }) => name);
  const twins = names.filter((name) => name.endsWith(CONCENTRATED) && names.includes(name.slice(0, -CONCENTRATED.length)));
  const shown = names.filter((name) => !twins.includes(name)).map((name) => (twins.includes(name + CONCENTRATED) ? `${name}*` : name));
  return twins.length > 0 ? `${shown.join(', ')} (* also with ${CONCENTRATED} behind)` : shown.join(', ');
}

async function benchmark(datasets: string[], typed: Flags, context: Context): Promise<void> {
  const registry = await openRegistry(context.choices);
  const { flags, ratio } = await builtAs(typed, context.cwd);
  if (flags.cell && flags.overwrite) throw new ConfigError('--cell leaves other cells alone, --overwrite removes them; give one of them');
  const isPart = flags.cell !== undefined || flags.dryRun || flags.printConfig;
  if (!isPart) await assertFree(resolve(context.cwd, typed.out), { resume: flags.resume, overwrite: flags.overwrite });
  const parts = studiesOf(datasets, { typed, flags, ratio, registry }, context);
  const reporter = reporterOf(context);
  if (flags.printConfig) {
    const plans = parts.map(printedPlan);
    return printResult(context, JSON.stringify(plans.length === 1 ? plans[0] : plans, null, 2));
  }
  if (flags.dryRun) return printResult(context, await cellTable(parts, flags.jobs));
  if (flags.cell) return assertNone(await runCells(parts, flags.cell, reporter));
  const results: Results[] = [];
  for (const part of parts) {
    if (parts.length > 1) note(context, `data set ${part.shared.dataset}`);
    const own = await runStudy(part, reporter);
    results.push(own);
    if (!flags.json) printResult(context, parts.length > 1 ? `${own.dataset}\n${resultsTable(own)}\n` : resultsTable(own));
    note(context, `report: ${join(relative(context.cwd, part.out) || '.', 'report.html')}`);
  }
  if (flags.json) printResult(context, JSON.stringify(parts.length === 1 ? results[0] : results));
  assertNone(results.flatMap(({ failed = [] }) => failed));
}

type Asked = {
  /** The options as typed, without the values of `--manifest`. */
  readonly typed: Flags;
  readonly flags: Flags;
  readonly ratio: DataConfig['contamination'] | undefined;
  readonly registry: Registry;
};

/** A study for each data set. Several have a folder each, and their cells are numbered together. */
function studiesOf(datasets: readonly string[], { typed, flags, ratio, registry }: Asked, context: Context): StudyOptions[] {
  const out = resolve(context.cwd, flags.out);
  const plan = planOf(flags, registry);
  if (ratio !== undefined && plan.contaminations) {
    throw new ConfigError(
      `--manifest says how the set was built, but --study ${flags.study} varies the contamination; leave one of them out`,
    );
  }
  const recipe = recipeOf({ recipe: flags.recipe ?? plan.recipe }, registry);
  const ofPlan = flags.contamination ?? plan.contaminations ?? (flags.labelNoise ? [0] : DEFAULT_CONTAMINATIONS);
  const contaminations = ratio === undefined ? ofPlan : [ratio];
  if (!flags.resume) assertUseful(typed, contaminations);
  const folders = datasets.map((dataset) => resolve(context.cwd, dataset));
  const names = folders.map((folder) => basename(folder));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new ConfigError(`two data sets are called ${twice}; their results would go to one folder, so run them one by one`);
  const rows = resolveRows(plan.rows, { ...flags, ...definedFields({ recipe: recipe?.name }) }, registry);
  const seeds = flags.seed ?? plan.seeds ?? DEFAULT_SEEDS;
  return folders.map((dataset, i) => ({
    out: folders.length > 1 ? join(out, names[i]!) : out,
    rows,
    contaminations,
    seeds,
    firstIndex: i * rows.length * contaminations.length * seeds.length,
    shared: {
      dataset,
      ...(flags.layout === undefined ? {} : { layout: flags.layout }),
      data: resolveData(flags),
      calibration: flags.calibration ?? recipe?.calibration ?? DEFAULT_CALIBRATION,
      falseAlarms: flags.falseAlarms ?? DEFAULT_FALSE_ALARMS,
      smoothing: flags.smoothing ?? recipe?.smoothing ?? DEFAULT_SMOOTHING,
      backend: flags.backend ?? 'auto',
    },
    asked: flags.resume ? {} : typed,
    command: commandLine(context.argv),
    registry,
    openBackend: () => openBackend(flags, context),
    environment: describeEnvironment,
    overwrite: flags.overwrite,
    elsewhere: processes(flags, context),
  }));
}

async function runCells(parts: readonly StudyOptions[], wanted: readonly number[], reporter: Reporter): Promise<FailedCell[]> {
  const own = parts.map((part) => planRounds(part, part.registry).flatMap(({ cells }) => cells.map(({ index }) => index)));
  const all = own.flat();
  const unknown = wanted.find((index) => !all.includes(index));
  if (unknown !== undefined) throw new ConfigError(`--cell ${unknown}: the plan's cells are 0 to ${all.length - 1}; --dry-run lists them`);
  const failed: FailedCell[] = [];
  for (const [i, part] of parts.entries()) {
    failed.push(
      ...(await runStudyCells(
        part,
        wanted.filter((index) => own[i]!.includes(index)),
        reporter,
      )),
    );
  }
  return failed;
}

/** @throws {Error} naming the cells that could not be run: the results of the others are there, but the command has not done all that it was asked for. */
function assertNone(failed: readonly FailedCell[]): void {
  if (failed.length === 0) return;
  const titles = failed.map(({ method, contamination, seed }) => `${method} (${contamination}, seed ${seed})`);
  throw new Error(`${failed.length === 1 ? 'a cell' : `${failed.length} cells`} could not be run: ${titles.join(', ')}`);
}

/** @throws {ConfigError} for an unknown study, a study together with a list of methods, and for names of rows that methods have. */
function planOf({ methods, study, loss = {} }: Flags, { methods: registered, studies }: Registry): Omit<StudyPlan, 'name' | 'description'> {
  const taken = registered.find(({ name }) => name in loss);
  if (taken) throw new ConfigError(`--loss: there is a method '${taken.name}' already; give the row another name`);
  const own = Object.entries(loss).map(([name, config]): StudyRow => rowOfLoss(name, config));
  if (study === undefined) return { rows: [...(methods ?? DEFAULT_METHODS).map(rowNamed), ...own] };
  if (methods) throw new ConfigError('--study lists its rows, --methods others; give one of them');
  const plan = studies.find(({ name }) => name === study);
  if (!plan) throw new ConfigError(`--study: '${study}' is unknown; the studies are ${studies.map(({ name }) => name).join(', ')}`);
  return { ...plan, rows: [...plan.rows, ...own] };
}

/** `patch-gaussian@rddpm-concentrated` learns from what the latter trusts. */
function rowNamed(name: string): StudyRow {
  const [method = '', trust] = name.split('@');
  return trust === undefined ? { method } : { name, method, trust };
}

/** Options without an effect on the results. */
const PASSING = ['--resume', '--overwrite', '--json', '--quiet', '--verbose'];

/** The command as it may be pasted into a POSIX shell. */
function commandLine(argv: readonly string[]): string {
  return shellJoin(['rddpm', ...argv.filter((word) => !PASSING.includes(word))]);
}
