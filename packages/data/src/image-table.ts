/** What lists of data sets and lists of splits have in common: how CSV is read, what columns are called, and the words for splits and labels. */
import { FormatError, shown } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import Papa from 'papaparse';
import { folderLabel } from './layouts/folder-label.ts';

/** Names of columns, in lower case. */
export const COLUMNS = {
  path: ['path', 'image', 'filename', 'file'],
  split: ['split'],
  label: ['label', 'anomalous'],
} as const;

type Split = NonNullable<Sample['split']>;

const SPLITS: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['val', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

export const SPLIT_WORDS = 'train, validation or test';
export const LABEL_WORDS = '0 or 1, normal or anomalous';

/** The split that a word of a list or a folder's name stands for; undefined for any other word. */
export function splitOf(word: unknown): Split | undefined {
  return typeof word === 'string' ? SPLITS.get(word.trim().toLowerCase()) : undefined;
}

/** Whether a label means anomalous: 0 or 1, false or true, or the words that folders have; undefined for anything else. */
export function labelOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const word = String(value).trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const label = folderLabel(word);
  if (label) return label === 'anomalous';
  const number = word === '' ? Number.NaN : Number(word);
  return number === 0 || number === 1 ? number === 1 : undefined;
}

/** @property line The line in the file, counted from 1. @property cells The cells by their column's name, without blanks around them. */
export type CsvRow = { readonly line: number; readonly cells: ReadonlyMap<string, string> };

const DELIMITERS = [',', ';', '\t'];

/**
 * Reads CSV with a header. Commas, semicolons or tabs separate fields: whichever splits the header into the most columns. Empty lines are skipped.
 *
 * @param report Called for each line that has more or fewer fields than the header.
 * @throws {FormatError} for quotes that don't end, and if two columns have one name.
 */
export function readCsv(file: string, text: string, report: (message: string) => void): { columns: string[]; rows: CsvRow[] } {
  const plain = text.replace(/^\uFEFF/, '');
  const { data, errors } = Papa.parse<string[]>(plain, { delimiter: delimiterOf(plain) });
  let next = 1;
  const lines = data.map((cells) => {
    const line = next;
    next += 1 + cells.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0);
    return { line, cells: cells.map((cell) => cell.trim()) };
  });
  const [error] = errors;
  if (error) throw new FormatError(`${file} is not CSV: line ${lines[error.row ?? 0]?.line ?? 1}: ${error.message}`);
  const [header, ...others] = lines.filter(({ cells }) => cells.some((cell) => cell !== ''));
  const columns = header?.cells ?? [];
  const twice = columns.find((name, i) => name !== '' && columns.indexOf(name) < i);
  if (twice !== undefined) throw new FormatError(`${file} has two columns ${twice}; there may be one`);
  const rows = others.flatMap(({ line, cells }): CsvRow[] => {
    if (cells.length === columns.length) return [{ line, cells: new Map(cells.map((cell, i) => [columns[i]!, cell])) }];
    report(`line ${line}: there are ${cells.length} fields; the header has ${columns.length}`);
    return [];
  });
  return { columns, rows };
}

function delimiterOf(text: string): string {
  const header = text.split(/\r\n|\n|\r/).find((line) => line.trim() !== '') ?? '';
  const counts = DELIMITERS.map((delimiter) => Papa.parse<string[]>(header, { delimiter }).data[0]?.length ?? 0);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

/**
 * Which field each column holds, by the column's name, and the columns that hold none.
 *
 * @param names What each field's column may be called, in lower case.
 * @throws {FormatError} if no column holds the path, or if two columns hold the same field.
 */
export function fieldsByColumn<F extends string>(
  file: string,
  columns: readonly string[],
  names: Readonly<Record<F | 'path', readonly string[]>>,
): { readonly fieldOf: ReadonlyMap<string, F | 'path'>; readonly unknown: readonly string[] } {
  const fields = Object.keys(names) as (F | 'path')[];
  const fieldOf = new Map<string, F | 'path'>();
  const unknown: string[] = [];
  for (const column of columns) {
    const field = fields.find((name) => names[name].includes(column.trim().toLowerCase()));
    const other = [...fieldOf].find(([, known]) => known === field)?.[0];
    if (other !== undefined)
      throw new FormatError(`${file} has the columns ${other} and ${column}, which both are the ${field}; there may be one`);
    if (field) fieldOf.set(column, field);
    else unknown.push(column);
  }
  if (![...fieldOf.values()].includes('path')) {
    const found = columns.map(shown).join(', ');
    throw new FormatError(`${file} has no column of paths, which is called one of ${names.path.join(', ')}; its columns are ${found}`);
  }
  return { fieldOf, unknown };
}
