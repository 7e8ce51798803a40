import { join, resolve } from 'node:path';
import { createRng } from '@rddpm/core';
import { DEFAULT_FALSE_ALARMS, DEFAULT_SMOOTHING } from '@rddpm/maps';
import { synthesize } from '@rddpm/mvtec';
import { writeDataset } from '@rddpm/mvtec/node';
import { resultsTable } from '@rddpm/report';
import { clearStudy, runStudy } from '@rddpm/study';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { describeEnvironment } from '../environment.ts';
import { type Context, note, printResult } from '../io.ts';
import { wholeNumber } from '../option-values.ts';
import { addBackendOptions, type BackendFlags } from '../options.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { resolveData, resolveRows } from '../resolve-run.ts';
import { DEFAULT_METHODS } from './benchmark.ts';

/** As small as learning allows: four methods in about a minute on two cores. `rddpm synth` and `rddpm benchmark` with these options do the same. */
const DATASET = { kind: 'carpet', size: 32, train: 120, testGood: 20, testPerDefect: 10 } as const;
const SIZE = { width: 32, height: 32 };
const SETTINGS = { steps: 160, draws: 1 };
const FOLDER = 'synthetic-carpet';
const CONTAMINATION = 0.2;
const SEED = 0;

type Flags = BackendFlags & { out: string; steps?: number; json?: boolean };

export function define(command: Command, context: () => Context): void {
  addBackendOptions(command)
    .option('--out <dir>', 'folder for the data set, the runs and the report', 'runs/demo')
    .option('--steps <n>', `training steps of each method (default: ${SETTINGS.steps})`, wholeNumber(1))
    .option('--json', 'results.json on stdout instead of the table')
    .action((flags: Flags) => demo(flags, context()));
}

async function demo(flags: Flags, context: Context): Promise<void> {
  const out = resolve(context.cwd, flags.out);
  const dataset = join(out, FOLDER);
  await clearStudy(out);
  await writeDataset(dataset, synthesize({ ...DATASET, rng: createRng(SEED) }));
  note(context, `synthetic data set: ${join(flags.out, FOLDER)}`);

  // The contaminants stay in the test set: without those 24, only 16 defects would be left to score.
  const registry = await openRegistry(context.choices);
  const settings = { ...SETTINGS, steps: flags.steps ?? SETTINGS.steps };
  const rows = DEFAULT_METHODS.map((method) => ({ method }));
  const results = await runStudy(
    {
      out,
      rows: resolveRows(rows, settings, registry),
      contaminations: [CONTAMINATION],
      seeds: [SEED],
      shared: {
        dataset,
        data: resolveData({ size: SIZE, overlap: true }),
        calibration: 'auto',
        falseAlarms: DEFAULT_FALSE_ALARMS,
        smoothing: DEFAULT_SMOOTHING,
        backend: flags.backend ?? 'auto',
      },
      command: 'rddpm demo',
      registry,
      openBackend: () => openBackend(flags, context),
      environment: describeEnvironment,
    },
    reporterOf(context),
  );
  printResult(context, flags.json ? JSON.stringify(results) : resultsTable(results));
  note(context, `report: ${join(flags.out, 'report.html')}`);
}
