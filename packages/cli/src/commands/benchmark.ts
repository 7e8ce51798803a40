import { join, resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import type { StudyPlan, StudyRow } from '@rddpm/core/contracts';
import { DEFAULT_FALSE_ALARMS, DEFAULT_SMOOTHING } from '@rddpm/maps';
import { resultsTable } from '@rddpm/report';
import { assertFree, type DataConfig, type Registry, runStudy } from '@rddpm/study';
import type { Command } from 'commander';
import { join as shellJoin } from 'shlex';
import { openBackend } from '../backend.ts';
import { assertUseful, builtAs } from '../built-set.ts';
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
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { DEFAULT_CALIBRATION, ownRow, type RunFlags, recipeOf, resolveData, resolveRows, rowOfLoss, selection } from '../resolve-run.ts';

/** What the paper compares, what goes beyond it, and what shows what learning adds. */
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
    .option('--resume', 'go on where a run of the same options was cut off')
    .option('--overwrite', 'remove what an earlier benchmark left in the folder')
    .option('--json', 'results.json on stdout instead of the table')
    .addHelpText('after', "\nA method's options go to the methods that have them.")
    .action((datasets: string[], flags: Flags) => benchmark(datasets, flags, context()));
}

const CONCENTRATED = '-concentrated';

/** For help: there are two of most, and the others are told from these. */
function methodList({ methods }: Registry): string {
  const names = methods.map(({ name }) => name);
  const twins = names.filter((name) => name.endsWith(CONCENTRATED) && names.includes(name.slice(0, -CONCENTRATED.length)));
  const shown = names.filter((name) => !twins.includes(name)).map((name) => (twins.includes(name + CONCENTRATED) ? `${name}*` : name));
  return twins.length > 0 ? `${shown.join(', ')} (* also with ${CONCENTRATED} behind)` : shown.join(', ');
}

async function benchmark(datasets: string[], typed: Flags, context: Context): Promise<void> {
  const [dataset] = datasets;
  if (dataset === undefined || datasets.length > 1) {
    throw new ConfigError(`benchmark takes one data set at a time for now, not ${datasets.length}; run it once for each`);
  }
  const registry = await openRegistry(context.choices);
  const out = resolve(context.cwd, typed.out);
  const { flags, ratio } = await builtAs(typed, context.cwd);
  await assertFree(out, { resume: flags.resume, overwrite: flags.overwrite });
  const plan = planOf(flags, registry);
  if (ratio !== undefined && plan.contaminations) {
    throw new ConfigError(
      `--manifest says how the set was built, but --study ${flags.study} varies the contamination; leave one of them out`,
    );
  }
  const recipe = recipeOf(flags, registry);
  const ofPlan = flags.contamination ?? plan.contaminations ?? (flags.labelNoise ? [0] : DEFAULT_CONTAMINATIONS);
  const contaminations = ratio === undefined ? ofPlan : [ratio];
  if (!flags.resume) assertUseful(typed, contaminations);
  const results = await runStudy(
    {
      out,
      rows: resolveRows(plan.rows, flags, registry),
      contaminations,
      seeds: flags.seed ?? plan.seeds ?? DEFAULT_SEEDS,
      shared: {
        dataset: resolve(context.cwd, dataset),
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
    },
    reporterOf(context),
  );
  printResult(context, flags.json ? JSON.stringify(results) : resultsTable(results));
  note(context, `report: ${join(flags.out, 'report.html')}`);
}

/** @throws {ConfigError} for a study that isn't there, one and a list of methods, and names that are taken. */
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

/** Options that change how the command runs, and not what comes out. */
const PASSING = ['--resume', '--overwrite', '--json', '--quiet', '--verbose'];

/** The command as it may be pasted into a POSIX shell. */
function commandLine(argv: readonly string[]): string {
  const words = argv.filter((word) => !PASSING.includes(word));
  return shellJoin(['rddpm', ...words]);
}
