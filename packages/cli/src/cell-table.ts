/** A benchmark's cells before they are run: for `--dry-run` and `--print-config`. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseResults } from '@rddpm/report';
import { cellState, type PlannedCell, planRounds, type StudyOptions } from '@rddpm/study';
import { duration } from './progress.ts';

/** The plan as JSON: `cells` are numbered as `--cell` has them. */
export function printedPlan(options: StudyOptions) {
  const { out, contaminations, seeds } = options;
  const cells = cellsOf(options);
  const rows = options.rows.map((row, i) => ({ ...row, config: cells[i]!.config.config }));
  return {
    out,
    shared: options.shared,
    rows,
    contaminations,
    seeds,
    cells: cells.map(({ index, name, run, config }) => ({ index, name, contamination: config.data.contamination, seed: config.seed, run })),
  };
}

/** A line for each cell, then how long the remaining ones will take: each is taken to need the mean time of its row's finished cells. */
export async function cellTable(parts: readonly StudyOptions[], jobs = 1): Promise<string> {
  const cells = parts.flatMap(cellsOf);
  const states = await Promise.all(cells.map((cell) => cellState(cell, parts[0]!.registry)));
  const took = await Promise.all(cells.map((cell, i) => (states[i] === 'finished' ? secondsOf(cell) : undefined)));
  const isAlike = (a: PlannedCell, b: PlannedCell) => a.name === b.name && a.config.dataset === b.config.dataset;
  const estimates = cells.map((cell) => mean(took.filter((_, i) => isAlike(cells[i]!, cell))));
  const lines = cells.map(({ index, title }, i) => {
    const seconds = took[i] ?? estimates[i];
    const time = seconds === undefined ? '' : `${took[i] === undefined ? 'about ' : ''}${duration(seconds)}`;
    const shown = parts.length > 1 ? `${basename(cells[i]!.config.dataset)}: ${title}` : title;
    return [`${index}`.padStart(`${cells.length - 1}`.length), shown, states[i]!, time];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  const left = cells.flatMap((_, i) => (states[i] === 'finished' ? [] : [estimates[i]]));
  const known = left.filter((seconds) => seconds !== undefined);
  const total = known.reduce((sum, seconds) => sum + seconds, 0) / jobs;
  const unknown = left.length - known.length;
  const rest = [
    `${left.length} of ${cells.length} cells are left`,
    ...(known.length > 0 ? [`about ${duration(total)} for ${known.length} of them${jobs > 1 ? `, ${jobs} at a time` : ''}`] : []),
    ...(unknown > 0 ? [`${unknown} are of rows that have no finished cell yet to tell the time from: run one with --cell N`] : []),
  ].join('; ');
  return [
    ...lines.map((line) =>
      line
        .map((field, column) => field.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    '',
    rest,
  ].join('\n');
}

function cellsOf(options: StudyOptions): PlannedCell[] {
  return planRounds(options, options.registry).flatMap(({ cells }) => cells);
}

/** How long fit and test of a finished cell took; undefined where the fit was taken over from elsewhere, or interrupted. */
async function secondsOf({ run }: PlannedCell): Promise<number | undefined> {
  const file = join(run, 'results.json');
  const { methods, protocol } = parseResults(await readFile(file, 'utf8'), file);
  const { fitSeconds, imagesPerSecond } = methods[0]!.timing;
  const { testGood = 0, testDefective = 0 } = protocol.images ?? {};
  return fitSeconds === undefined || !imagesPerSecond ? undefined : fitSeconds + (testGood + testDefective) / imagesPerSecond;
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
