import { COLUMNS } from './columns.ts';
import type { MethodResult, Results } from './results.ts';
import { failedNote, footnotes, metricCells, prevalenceNote } from './table-cells.ts';

/**
 * The comparison as aligned plain text for a terminal: a row per method, references below the others, three decimals.
 * An undefined metric is a dash with a note below. Where there are several contaminations, each method has a row for each, and a
 * column says which. Cells that could not be run are listed below, with the reason.
 */
export function resultsTable(results: Results): string {
  const notes = footnotes();
  const isSweep = results.methods.some(({ contamination }) => contamination !== undefined);
  const rowsOf = (role: MethodResult['role']) =>
    results.methods
      .filter((method) => method.role === role)
      .map((method) => [method.name, ...(isSweep ? [`${method.contamination}`] : []), ...metricCells(method, notes)]);
  const head = ['method', ...(isSweep ? ['contamination'] : []), ...COLUMNS.map(({ label }) => label)];
  const groups = [rowsOf('method'), rowsOf('reference')].filter((rows) => rows.length > 0);

  const widths = head.map((_, column) => Math.max(...[head, ...groups.flat()].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');

  const lines = [line(head), ...groups.flatMap((rows) => [rule, ...rows.map(line)])];
  const below = [
    prevalenceNote(results),
    ...notes.texts.map((text, index) => `(${index + 1}) ${text}`),
    ...(results.failed ?? []).map(failedNote),
  ].filter((text) => text !== undefined);
  return [...lines, ...(below.length > 0 ? ['', ...below] : [])].join('\n');
}
