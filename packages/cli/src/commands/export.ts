import { resolve } from 'node:path';
import { assertFree, loadModel, modelOfRun } from '@rddpm/study';
import type { Command } from 'commander';
import { asDiffusionModel, exportDiffusers, exportOnnx } from '../export-model.ts';
import { type Context, printResult } from '../io.ts';
import { choice, wholeNumber } from '../option-values.ts';
import { openRegistry } from '../registry.ts';

type Flags = { format: 'diffusers' | 'onnx'; out: string; batch: number; overwrite?: boolean; json?: boolean };

export function define(command: Command, context: () => Context): void {
  command
    .argument('<run>', 'folder that rddpm train or import made')
    .addOption(
      choice('--format <name>', 'diffusers: a pipeline folder; onnx: the network, and a whole reverse step, as graphs', [
        'diffusers',
        'onnx',
      ]).makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'folder for the files')
    .option('--batch <n>', "images that onnx's graphs take at once", wholeNumber(1), 1)
    .option('--overwrite', 'replace files of an earlier export')
    .option('--json', 'one JSON object')
    .action((run: string, flags: Flags) => exportRun(run, flags, context()));
}

async function exportRun(runName: string, flags: Flags, context: Context): Promise<void> {
  const run = resolve(context.cwd, runName);
  const out = resolve(context.cwd, flags.out);
  await assertFree(out, { overwrite: flags.overwrite });
  const registry = await openRegistry(context.choices);
  const folder = await modelOfRun(run, registry);
  const model = asDiffusionModel(await loadModel(folder, registry));
  const files = flags.format === 'onnx' ? await exportOnnx(model, out, flags.batch) : await exportDiffusers(folder, out);
  printResult(context, flags.json ? JSON.stringify({ out, files }) : `${flags.out}: ${files.join(', ')}`);
}
