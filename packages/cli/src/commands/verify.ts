import { resolve } from 'node:path';
import { FormatError } from '@rddpm/core';
import { type VerifyReport, verifyDataset } from '@rddpm/data';
import { openSource } from '@rddpm/study/evaluation';
import type { Command } from 'commander';
import { type Context, printResult } from '../io.ts';
import { addLayoutOption, type LayoutFlags } from '../options.ts';

type Flags = LayoutFlags & { json?: boolean };

export function define(command: Command, context: () => Context): void {
  addLayoutOption(command, context().choices.layouts)
    .argument('<dataset>', "a data set's folder, such as one in MVTec AD layout, or a list of images")
    .option('--json', 'one JSON object, with every problem')
    .action((dataset: string, flags: Flags) => verify(dataset, flags, context()));
}

async function verify(dataset: string, flags: Flags, context: Context): Promise<void> {
  const { source, folder: _, ...choice } = await openSource(resolve(context.cwd, dataset), context.choices, flags.layout);
  const report = await verifyDataset(source, choice);
  printResult(context, flags.json ? JSON.stringify(report) : summary(report));
  const errors = report.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new FormatError(
      `${dataset} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; the first: ${errors[0]!.path} ${errors[0]!.message}`,
    );
}

function summary(report: VerifyReport): string {
  const { name, layout, train, validation, test, unsplit, unknown, masks, sizes, formats, leftOut, problems } = report;
  const kinds = Object.entries({ train, test, validation, unsplit, unknown, masks }).filter(
    ([what, counts]) => ALWAYS.includes(what) || Object.keys(counts).length > 0,
  );
  return [
    layout === undefined ? name : `${name} (${layout})`,
    ...kinds.map(
      ([what, counts]) =>
        `  ${what.padEnd(6)} ${listed(
          Object.entries(counts).map(([kind, images]) => `${kind} ${images}`),
          ', ',
        )}`,
    ),
    `  sizes  ${listed(
      sizes.map(({ width, height, images }) => `${width}x${height} (${images})`),
      ', ',
    )}`,
    `  files  ${listed(
      Object.entries(formats).map(([format, images]) => `${format} (${images})`),
      '; ',
    )}`,
    ...leftOut.map(({ reason, paths }) => `  left out: ${paths.length} ${reason}, such as ${paths.slice(0, EXAMPLES).join(', ')}`),
    ...problemLines(problems),
    problems.length === 0 ? '  no problems' : '',
  ]
    .join('\n')
    .trimEnd();
}

/** Lines that are printed even if there are no such images. */
const ALWAYS = ['train', 'test', 'masks'];

/** How many items a line lists. */
const MOST = 20;

function listed(parts: readonly string[], separator: string): string {
  if (parts.length === 0) return 'none';
  const rest = parts.length - MOST;
  return [...parts.slice(0, MOST), ...(rest > 0 ? [`and ${rest} others (--json has all)`] : [])].join(separator);
}

/** How many messages of one sort are shown; the others are counted. */
const EXAMPLES = 5;

/** A line for each problem, errors first. */
function problemLines(problems: VerifyReport['problems']): string[] {
  const sorts = new Map<string, VerifyReport['problems'][number][]>();
  for (const problem of problems) {
    const sort = `${problem.severity} ${withoutNames(problem.message)}`;
    sorts.set(sort, [...(sorts.get(sort) ?? []), problem]);
  }
  const groups = [...sorts.values()];
  return [...groups.filter(([first]) => first!.severity === 'error'), ...groups.filter(([first]) => first!.severity === 'warning')].flatMap(
    (group) => {
      const lines = group.slice(0, EXAMPLES).map(({ severity, path, message }) => `  ${severity}: ${path} ${message}`);
      const rest = group.length - EXAMPLES;
      return rest > 0 ? [...lines, `  … and ${rest} more such ${group[0]!.severity}${rest > 1 ? 's' : ''} (--json has all)`] : lines;
    },
  );
}

/** The key of a sort of messages: the text without paths and numbers. */
function withoutNames(message: string): string {
  return message.replace(/\S*[/\\]\S*|\d+/g, '#');
}
