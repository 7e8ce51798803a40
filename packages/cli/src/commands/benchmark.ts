import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import { resultsTable } from '@rddpm/report';
import { type Command, InvalidArgumentError } from 'commander';
import { openBackend } from '../backend.ts';
import { DEFAULT_METHODS, isCellFolder, isMethod, METHOD_LIST, type OwnMethods } from '../benchmark/methods.ts';
import { runBenchmark } from '../benchmark/run-benchmark.ts';
import { type Context, note, printResult } from '../io.ts';
import { entriesOf } from '../maybe-there.ts';
import { list, number, wholeNumber } from '../option-values.ts';
import { addDetectionOptions, addTrainingOptions, type DetectionFlags, namedConfig, selection, type TrainingFlags } from '../options.ts';
import { assertFree } from '../run-folder.ts';

type Flags = Omit<TrainingFlags, 'contamination' | 'seed' | 'loss'> &
  DetectionFlags & {
    out: string;
    methods: string[];
    loss: OwnMethods;
    contamination: number[];
    seed: number[];
    resume?: boolean;
    overwrite?: boolean;
    json?: boolean;
  };

export function define(command: Command, context: () => Context): void {
  command
    .argument('<dataset...>', 'a folder in MVTec AD layout')
    .requiredOption('--out <dir>', 'folder for results.json, results.csv, report.html and the runs')
    .option('--methods <list>', `of ${METHOD_LIST}`, list(String), DEFAULT_METHODS)
    .option('--loss <name=config>', 'a method more, as in \'soft={"name":"huber","delta":1}\'; may be given again', ownMethod, {})
    .option('--contamination <list>', 'ratios of defective training images', list(number({ least: 0 })), [0.2])
    .option('--seed <list>', 'seeds', list(wholeNumber(0)), [0])
    .option('--delta <delta>', 'of rddpm-huber, also concentrated (default: 0.2)', number({ least: 0 }))
    .option('--keep <share>', 'of rddpm-lts, also concentrated (default: 0.8)', number({ above: 0, most: 1 }))
    .option('--selection <config>', 'of the concentrated methods, as for rddpm train', selection);
  addTrainingOptions(command);
  addDetectionOptions(command, 'default:')
    .option('--resume', 'go on where a run of the same options was cut off')
    .option('--overwrite', 'remove what an earlier benchmark left in the folder')
    .option('--json', 'results.json on stdout instead of the table')
    .action((datasets: string[], flags: Flags) => benchmark(datasets, flags, context()));
}

async function benchmark(datasets: string[], flags: Flags, context: Context): Promise<void> {
  const [dataset] = datasets;
  if (dataset === undefined || datasets.length > 1) {
    throw new ConfigError(`benchmark takes one data set at a time for now, not ${datasets.length}; run it once for each`);
  }
  const out = resolve(context.cwd, flags.out);
  await assertFree(out, { resume: flags.resume, overwrite: flags.overwrite });
  const {
    methods,
    loss: ownMethods,
    contamination: contaminations,
    seed: seeds,
    out: _,
    resume: __,
    overwrite: ___,
    json,
    ...shared
  } = flags;
  const results = await runBenchmark(
    {
      dataset: resolve(context.cwd, dataset),
      out,
      methods: [...methods, ...Object.keys(ownMethods)],
      ownMethods,
      contaminations,
      seeds,
      flags: shared,
      command: commandLine(dataset, flags),
      openBackend: () => openBackend(flags, context),
      clear: flags.overwrite ? () => clearBenchmark(out) : undefined,
    },
    context,
  );
  printResult(context, json ? JSON.stringify(results) : resultsTable(results));
  note(context, `report: ${join(flags.out, 'report.html')}`);
}

function ownMethod(text: string, others: OwnMethods): OwnMethods {
  const [, name, config] = /^([\w-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || config === undefined) throw new InvalidArgumentError('It must be a name, =, and a loss.');
  if (isMethod(name) || name in others) throw new InvalidArgumentError(`There is a method '${name}' already.`);
  return { ...others, [name]: namedConfig(config) };
}

/** Only what a benchmark writes: the folder may hold more. */
export async function clearBenchmark(out: string): Promise<void> {
  const ours = (await entriesOf(out)).filter((name) => isCellFolder(name) || ['results.json', 'results.csv', 'report.html'].includes(name));
  for (const name of ours) await rm(join(out, name), { recursive: true, force: true });
}

function commandLine(dataset: string, { resume: _, overwrite: __, json: ___, loss, ...flags }: Flags): string {
  const options = Object.entries(flags).map(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return flag;
    return `${flag} ${typeof value === 'object' && !Array.isArray(value) ? `'${JSON.stringify(value)}'` : value}`;
  });
  const losses = Object.entries(loss).map(([name, config]) => `--loss '${name}=${JSON.stringify(config)}'`);
  return ['rddpm benchmark', dataset, ...options, ...losses].join(' ');
}
