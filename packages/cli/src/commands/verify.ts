import { resolve } from 'node:path';
import { FormatError } from '@rddpm/core';
import { type VerifyReport, verifyDataset } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import type { Command } from 'commander';
import { type Context, printResult } from '../io.ts';
import { addLayoutOption, type LayoutFlags } from '../options.ts';

type Flags = LayoutFlags & { json?: boolean };

export function define(command: Command, context: () => Context): void {
  addLayoutOption(command, context().choices.layouts)
    .argument('<dataset>', "a data set's folder, such as one in MVTec AD layout")
    .option('--json', 'one JSON object')
    .action((dataset: string, flags: Flags) => verify(dataset, flags, context()));
}

async function verify(dataset: string, flags: Flags, context: Context): Promise<void> {
  const report = await verifyDataset(folderSource(resolve(context.cwd, dataset)), {
    layouts: context.choices.layouts,
    ...(flags.layout === undefined ? {} : { layout: flags.layout }),
  });
  printResult(context, flags.json ? JSON.stringify(report) : summary(report));
  const errors = report.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new FormatError(
      `${dataset} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; the first: ${errors[0]!.path} ${errors[0]!.message}`,
    );
}

function summary({ name, train, test, masks, sizes, problems }: VerifyReport): string {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([defect, images]) => `${defect} ${images}`)
      .join(', ') || 'none';
  return [
    `${name}`,
    `  train  ${counts(train)}`,
    `  test   ${counts(test)}`,
    `  masks  ${counts(masks)}`,
    `  sizes  ${sizes.map(({ width, height, images }) => `${width}x${height} (${images})`).join(', ')}`,
    ...problems.map(({ severity, path, message }) => `  ${severity}: ${path} ${message}`),
    problems.length === 0 ? '  no problems' : '',
  ]
    .join('\n')
    .trimEnd();
}
