import { resolve } from 'node:path';
import { LOSS_NAMES } from '@rddpm/losses/config';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { contaminationFile, loadAll, openDataset } from '../data-set.ts';
import { type Context, note, printResult } from '../io.ts';
import { number, wholeNumber } from '../option-values.ts';
import { addDetectionOptions, addTrainingOptions, type DetectionFlags, namedConfig, selection, type TrainingFlags } from '../options.ts';
import { assertSameRun, resolveRunConfig } from '../run-config.ts';
import { assertFree, clearRun, readRunConfig, runPaths, writeJson } from '../run-folder.ts';
import { trainRun } from '../train-run.ts';

type Flags = TrainingFlags & DetectionFlags & { out: string; resume?: boolean; overwrite?: boolean; json?: boolean };

export function define(command: Command, context: () => Context): void {
  command
    .argument('<dataset>', 'a folder in MVTec AD layout')
    .requiredOption('--out <run>', 'folder of the run')
    .option(
      '--loss <config>',
      `${LOSS_NAMES.join(', ')}; or JSON such as '{"name":"barron","alpha":0.5}' (default: mse, plain DDPM)`,
      namedConfig,
    )
    .option('--delta <delta>', 'of huber and its kin: where it turns linear, in units of the noise (default: 0.2)', number({ least: 0 }))
    .option('--keep <share>', 'of lts and its kin: the share that is kept (default: 0.8)', number({ above: 0, most: 1 }))
    .option(
      '--selection <config>',
      'concentrated trains on the images that fit best; or JSON such as \'{"name":"concentrated","keep":0.8}\' (default: none)',
      selection,
    )
    .option('--contamination <ratio>', 'defective images to move into the training set (default: 0)', number({ least: 0 }))
    .option('--seed <n>', 'of everything random (default: 0)', wholeNumber(0));
  addTrainingOptions(command);
  addDetectionOptions(command, 'default:')
    .option('--resume', 'go on from the newest checkpoint; options that are left out are as before')
    .option('--overwrite', 'remove what an earlier run left in the folder')
    .option('--json', 'one JSON object')
    .action((dataset: string, flags: Flags) => train(dataset, flags, context()));
}

async function train(dataset: string, flags: Flags, context: Context): Promise<void> {
  const run = resolve(context.cwd, flags.out);
  await assertFree(run, { resume: flags.resume, overwrite: flags.overwrite });
  const stored = flags.resume ? await readRunConfig(run) : undefined;
  const config = resolveRunConfig(resolve(context.cwd, dataset), flags, stored);
  if (stored) assertSameRun(stored, config, runPaths(run).config);
  else if (flags.resume) await assertFree(run, {}); // nothing to go on with

  const data = await openDataset(config);
  const { broken, ...training } = await loadAll(data.source, data.train, config.data, context);
  const { contaminants } = data.manifest;
  note(context, `${training.samples.length} training images, ${contaminants.length} of them defective`);

  const backend = await openBackend({ ...flags, backend: config.backend }, context);
  if (flags.overwrite) await clearRun(run);
  await writeJson(runPaths(run).config, config);
  await writeJson(runPaths(run).contamination, await contaminationFile(data, broken));
  await trainRun({ run, config, training, backend, context, title: 'train' });
  const { steps } = config.training;
  printResult(context, flags.json ? JSON.stringify({ run, steps }) : `${flags.out}: trained ${steps} steps`);
}
