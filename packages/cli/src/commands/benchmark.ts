import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import { resultsTable } from '@rddpm/report';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { isCellFolder, METHODS, methodFlags } from '../benchmark/methods.ts';
import { runBenchmark } from '../benchmark/run-benchmark.ts';
import { type Context, note, printResult } from '../io.ts';
import {
  addDetectionOptions,
  addTrainingOptions,
  type DetectionFlags,
  list,
  number,
  selection,
  type TrainingFlags,
  wholeNumber,
} from '../options.ts';
import { assertFree, entriesOf } from '../run-folder.ts';

type Flags = Omit<TrainingFlags, 'contamination' | 'seed'> &
  DetectionFlags & {
    out: string;
    methods: string[];
    contamination: number[];
    seed: number[];
    resume?: boolean;
    overwrite?: boolean;
    json?: boolean;
  };

export function define(command: Command, context: () => Context): void {
  const methods = Object.keys(METHODS);
  command
    .argument('<dataset...>', 'a folder in MVTec AD layout')
    .requiredOption('--out <dir>', 'folder for results.json, results.csv, report.html and the runs')
    .option('--methods <list>', `of ${methods.join(', ')} (default: all)`, list(String), methods)
    .option('--contamination <list>', 'ratios of defective training images', list(number({ least: 0 })), [0.2])
    .option('--seed <list>', 'seeds', list(wholeNumber(0)), [0])
    .option('--delta <delta>', 'of rddpm-huber (default: 0.2)', number({ above: 0 }))
    .option('--keep <share>', 'of rddpm-lts (default: 0.8)', number({ above: 0, most: 1 }))
    .option('--selection <config>', 'of rddpm-concentrated, as for rddpm train', selection);
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
  for (const method of flags.methods) methodFlags(method, flags);
  if (flags.overwrite) await clearBenchmark(out);
  const { methods, contamination: contaminations, seed: seeds, out: _, resume: __, overwrite: ___, json, ...shared } = flags;
  const results = await runBenchmark(
    {
      dataset: resolve(context.cwd, dataset),
      out,
      methods,
      contaminations,
      seeds,
      flags: shared,
      command: commandLine(dataset, flags),
      openBackend: () => openBackend(flags, context),
    },
    context,
  );
  printResult(context, json ? JSON.stringify(results) : resultsTable(results));
  note(context, `report: ${join(flags.out, 'report.html')}`);
}

/** Only what a benchmark writes: the folder may hold more. */
export async function clearBenchmark(out: string): Promise<void> {
  const ours = (await entriesOf(out)).filter((name) => isCellFolder(name) || ['results.json', 'results.csv', 'report.html'].includes(name));
  for (const name of ours) await rm(join(out, name), { recursive: true, force: true });
}

function commandLine(dataset: string, { resume: _, overwrite: __, json: ___, ...flags }: Flags): string {
  const options = Object.entries(flags).map(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? flag : `${flag} ${value}`;
  });
  return ['rddpm benchmark', dataset, ...options].join(' ');
}
