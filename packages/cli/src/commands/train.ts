import { resolve } from 'node:path';
import type { Calibration, ModelInfo } from '@rddpm/core/contracts';
import { LOSS_NAMES } from '@rddpm/losses/config';
import {
  assertFree,
  assertSameRun,
  clearRun,
  contaminationFile,
  fitRun,
  openContaminated,
  openImages,
  readRunConfig,
  runPaths,
  writeJson,
} from '@rddpm/study';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { type Context, note, printResult } from '../io.ts';
import { addCalibrationOption, addMethodOptions } from '../method-options.ts';
import { number, wholeNumber } from '../option-values.ts';
import { addBackendOptions, addDataOptions, addFalseAlarmsOption, addSmoothingOption, namedConfig } from '../options.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { type RunFlags, resolveRun, selection } from '../resolve-run.ts';

type Flags = RunFlags & { out: string; resume?: boolean; overwrite?: boolean; json?: boolean };

export async function define(command: Command, context: () => Context): Promise<void> {
  const registry = await openRegistry(context().choices);
  command
    .argument('<dataset>', "a data set's folder, such as one in MVTec AD layout")
    .requiredOption('--out <run>', 'folder of the run')
    .option('--method <name>', 'what learns: any that rddpm benchmark compares (default: ddpm, or what --loss and --selection make of it)')
    .option(
      '--loss <config>',
      `${LOSS_NAMES.join(', ')}; or JSON such as '{"name":"barron","alpha":0.5}' (default: mse, plain DDPM)`,
      namedConfig,
    )
    .option(
      '--selection <config>',
      'concentrated trains on the images that fit best; or JSON such as \'{"name":"concentrated","keep":0.8}\' (default: none)',
      selection,
    )
    .option('--contamination <ratio>', 'defective images to move into the training set (default: 0)', number({ least: 0 }))
    .option('--seed <n>', 'of everything random (default: 0)', wholeNumber(0));
  addMethodOptions(addDataOptions(command, registry.layouts), registry, 'all');
  addBackendOptions(addFalseAlarmsOption(addCalibrationOption(addSmoothingOption(command))))
    .option('--resume', 'go on from the newest checkpoint; options that are left out are as before')
    .option('--overwrite', 'remove what an earlier run left in the folder')
    .option('--json', 'one JSON object')
    .action((dataset: string, flags: Flags) => train(dataset, flags, context()));
}

async function train(dataset: string, flags: Flags, context: Context): Promise<void> {
  const registry = await openRegistry(context.choices);
  const reporter = reporterOf(context);
  const run = resolve(context.cwd, flags.out);
  await assertFree(run, { resume: flags.resume, overwrite: flags.overwrite });
  const stored = flags.resume ? await readRunConfig(run, registry) : undefined;
  const { method, config } = resolveRun(resolve(context.cwd, dataset), flags, registry, stored);
  if (stored) assertSameRun(stored, config, runPaths(run).config, method);
  else if (flags.resume) await assertFree(run, {}); // nothing to go on with

  const data = await openContaminated(config, registry);
  const input = method.input(config.config, { ...config.data.size, channels: config.data.channels });
  const training = await openImages(data.source, data.train, { ...input, skipBroken: config.data.skipBroken }, reporter);
  const { contaminants } = data.manifest;
  note(context, `${training.samples.length} training images, ${contaminants.length} of them defective`);

  if (flags.overwrite) await clearRun(run);
  const onStart = async () => {
    await writeJson(runPaths(run).config, config);
    await writeJson(runPaths(run).contamination, await contaminationFile(data, training.broken));
  };
  let backend: ReturnType<typeof openBackend> | undefined;
  const opened = () => {
    backend ??= openBackend({ ...flags, backend: config.backend as Flags['backend'] }, context);
    return backend;
  };
  const model = await fitRun({ run, method, config, training, input, backend: opened, reporter, title: 'train', onStart });
  const line = calibrationLine(model.info);
  if (line !== undefined) note(context, line);
  const facts = { run, ...method.facts?.(model.model, model.config) };
  const { steps } = facts as { steps?: number };
  printResult(
    context,
    flags.json
      ? JSON.stringify({ run, method: method.name, steps })
      : `${flags.out}: trained ${steps === undefined ? method.name : `${steps} steps`}`,
  );
}

/** What was chosen, and by which criteria; nothing where there was no choice to make. */
function calibrationLine({ calibration, criteria }: ModelInfo): string | undefined {
  if (!criteria) return undefined;
  const shares = Object.entries(criteria) as [Calibration['kind'], number][];
  const text = (some: typeof shares) => some.map(([kind, share]) => `${kind} ${share.toFixed(2)}`).join(', ');
  const own = calibration && criteria[calibration.kind];
  if (own === undefined) return `calibration: none (of what it takes uncalibrated, a defect would stand out at ${text(shares)})`;
  const others = text(shares.filter(([kind]) => kind !== calibration?.kind));
  const share = `a defect stands out at ${own.toFixed(2)} of what it takes uncalibrated`;
  return `calibration: ${calibration?.kind} (${share}${others && `; ${others}`})`;
}
