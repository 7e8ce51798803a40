import { resolve } from 'node:path';
import { createRng } from '@rddpm/core';
import { SYNTHETIC_KINDS, type SyntheticKind, synthesize } from '@rddpm/mvtec';
import { writeDataset } from '@rddpm/mvtec/node';
import type { Command } from 'commander';
import { type Context, printResult } from '../io.ts';
import { choice, wholeNumber } from '../option-values.ts';

type Flags = {
  kind: SyntheticKind;
  size: number;
  train: number;
  testGood: number;
  testPerDefect: number;
  seed: number;
  json?: boolean;
};

export function define(command: Command, context: () => Context): void {
  command
    .argument('<dir>', 'folder to write to; one that rddpm synth wrote is replaced')
    .addOption(choice('--kind <name>', 'what is on the pictures', SYNTHETIC_KINDS).default('bottle'))
    .option('--size <pixels>', 'side length', wholeNumber(16), 64)
    .option('--train <n>', 'good training images', wholeNumber(1), 200)
    .option('--test-good <n>', 'good test images', wholeNumber(0), 20)
    .option('--test-per-defect <n>', 'test images of each kind of defect', wholeNumber(0), 15)
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), 0)
    .option('--json', 'one JSON object')
    .action((dir: string, flags: Flags) => synth(dir, flags, context()));
}

async function synth(dir: string, { json, seed, ...options }: Flags, context: Context): Promise<void> {
  const folder = resolve(context.cwd, dir);
  const dataset = synthesize({ ...options, rng: createRng(seed) });
  await writeDataset(folder, dataset);
  const counts = { train: 0, test: 0 };
  for (const { split } of dataset.samples) counts[split]++;
  printResult(
    context,
    json ? JSON.stringify({ folder, ...options, ...counts }) : `${dir}: ${counts.train} training and ${counts.test} test images`,
  );
}
