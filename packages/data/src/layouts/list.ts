import { definedFields, FormatError, shown, withoutFields } from '@rddpm/core';
import type { DatasetLayout, FileSource, LayoutRead, Problem, Sample } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import * as z from 'zod/mini';
import { oncePerSource, placeOf, sortFiles } from '../files.ts';
import { COLUMNS, fieldsByColumn, LABEL_WORDS, labelOf, readCsv, SPLIT_WORDS, splitOf } from '../image-table.ts';
import { idKey } from '../unique-ids.ts';
import { folderLabel } from './folder-label.ts';

const FILES = ['dataset.csv', 'dataset.json'];

/** `listLayoutOf` whichever lies in the folder, dataset.csv or dataset.json. It recognises these names, more surely than other layouts recognise theirs. */
export const listLayout: DatasetLayout = layoutOf(FILES);

/**
 * A data set that a file lists: CSV with a header (commas, semicolons or tabs between), or JSON, an array of objects. Its columns, in any order and case:
 *
 * - `path` (or image, filename, file), relative to the list's folder, with '/' or '\\'. The one that must be there.
 * - `split`: train, validation or test (or training, val, testing).
 * - `label` (or anomalous): 0 or 1, false or true, normal or anomalous, or folders' words for these.
 * - `kind` (or defect, class): the kind of defect. Without a label 'good' says normal, any other one anomalous. Without both nobody knows, and the kind is the
 *   folder's name.
 * - `mask` (or masks): paths of masks, several with ';' between, in JSON an array. If any row has one, each anomalous image must, but for those to train on.
 * - `group`, `severity` (a number), and `id`, which is the path without its ending where it is left out.
 *
 * Errors name the line and the field; what isn't listed is left out.
 *
 * @param file The list's path in the source: 'parts.csv'.
 */
export function listLayoutOf(file: string): DatasetLayout {
  return layoutOf([file]);
}

function layoutOf(names: readonly string[]): DatasetLayout {
  const find = (paths: readonly string[]) => paths.filter((path) => names.some((name) => nfc(name) === nfc(path)));
  const expected = names.join(' or ');
  const listOf = async (source: FileSource) => {
    const paths = await source.list();
    const [file, other] = find(paths);
    if (file === undefined) throw new FormatError(`list: there is no ${expected} among ${paths.length} files of ${source.name}`);
    if (other !== undefined) throw new FormatError(`list: ${source.name} has both ${file} and ${other}; there may be one`);
    return readList(file, await source.read(file), paths, source.name);
  };
  const masksOf = oncePerSource(async (source) => (await listOf(source)).masks);
  return {
    name: 'list',
    recognises: (paths) => (find(paths).length > 0 ? 1 : 0),
    async read(source) {
      return withoutFields(await listOf(source), 'masks');
    },
    async truth({ path, split, anomalous }, source) {
      if (anomalous === false) return undefined;
      const masks = await masksOf(source);
      const own = masks.get(path);
      if (own) return { masks: own.map((mask) => ({ path: mask })) };
      if (masks.size === 0 || !anomalous || split === 'train') return undefined;
      throw new FormatError(`${path} has no mask; its row in ${expected} names none`);
    },
  };
}

/** @property read Undefined for what it can't be. @property right What it must be. */
type Field<T> = { readonly names: readonly string[]; readonly read: (value: unknown) => T | undefined; readonly right: string };

const FIELDS = {
  path: { names: COLUMNS.path, read: textOf, right: 'the path of an image' },
  split: { names: COLUMNS.split, read: splitOf, right: SPLIT_WORDS },
  label: { names: COLUMNS.label, read: labelOf, right: `${LABEL_WORDS}; kinds of defects belong in kind` },
  kind: { names: ['kind', 'defect', 'class'], read: textOf, right: 'a name' },
  mask: { names: ['mask', 'masks'], read: textsOf, right: "paths, with ';' between" },
  group: { names: ['group'], read: textOf, right: 'a name' },
  severity: { names: ['severity'], read: numberOf, right: 'a number' },
  id: { names: ['id'], read: idOf, right: "a name, or several with '/' between" },
} satisfies Record<string, Field<unknown>>;

type FieldName = keyof typeof FIELDS;
type Fields = { readonly [F in FieldName]?: NonNullable<ReturnType<(typeof FIELDS)[F]['read']>> };
const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];
const NAMES = Object.fromEntries(FIELD_NAMES.map((name): [string, readonly string[]] => [name, FIELDS[name].names])) as Record<
  FieldName,
  readonly string[]
>;

/** A row as the file has it. @property where For messages: 'line 3'. @property cells By the names of the columns. */
type Row = { readonly where: string; readonly cells: ReadonlyMap<string, unknown> };

type List = LayoutRead & {
  /** By the image's path, where there are any. */
  readonly masks: ReadonlyMap<string, readonly string[]>;
};

function readList(file: string, bytes: Uint8Array, paths: readonly string[], name: string): List {
  const problems: Problem[] = [];
  const report = (message: string, severity: Problem['severity'] = 'error') => void problems.push({ severity, path: file, message });
  const text = textIn(file, bytes);
  const { columns, rows } = /\.json$/i.test(file) ? jsonTable(file, text) : csvTable(file, text, report);
  if (rows.length === 0 && problems.length === 0) throw new FormatError(`${file} lists no image`);
  const { fieldOf, unknown } = fieldsByColumn(file, columns, NAMES);
  if (unknown.length > 0)
    report(`has columns that say nothing here: ${unknown.map(shown).join(', ')}; known are ${FIELD_NAMES.join(', ')}`, 'warning');
  const find = finderIn(paths, placeOf(file).folders);

  const samples: Sample[] = [];
  const masks = new Map<string, string[]>();
  const named = new Set([file]);
  const unused: string[] = [];
  const before = new Map<string, string>(); // where paths and ids stand
  for (const { where, cells } of rows) {
    const reported = problems.length;
    const wrong = (field: string, message: string) => report(`${where}: ${field} ${message}`);
    const found = (field: string, given: string) => {
      const path = find(given);
      if (path.found === undefined) wrong(field, `is ${shown(given)}; ${path.reason}`);
      else named.add(path.found);
      return path.found;
    };
    const once = (key: string, message: string) => {
      const first = before.get(key);
      if (first === undefined) before.set(key, where);
      else report(`${where}: ${message}, as on ${first}`);
      return first === undefined;
    };
    const row = fieldsOf(cells, fieldOf, wrong);
    if (row.path === undefined) {
      if (problems.length === reported) wrong('path', 'is missing');
      continue;
    }
    const path = found('path', row.path);
    const own = (row.mask ?? []).flatMap((mask) => found('mask', mask) ?? []);
    const contradiction = row.kind !== undefined && row.label !== undefined && (folderLabel(row.kind) !== 'normal') !== row.label;
    if (contradiction) wrong('kind', `is ${shown(row.kind)}, but the label says ${row.label ? 'anomalous' : 'normal'}`);
    if (path === undefined) continue;
    const sample = sampleOf(path, row, name);
    if (once(`path ${path}`, `path is ${shown(path)}`)) once(`id ${idKey(sample)}`, `id is ${shown(sample.id)}`);
    if (problems.length > reported) continue;
    samples.push(sample);
    if (sample.anomalous === false) unused.push(...own);
    else if (own.length > 0) masks.set(path, own);
  }
  const { pictures, leftOut } = sortFiles(paths.filter((path) => !named.has(path)));
  const more = [
    { reason: 'masks of normal images', paths: unused },
    { reason: `not in ${file}`, paths: pictures },
  ];
  return { samples, problems, leftOut: [...leftOut, ...more.filter((group) => group.paths.length > 0)], masks };
}

function sampleOf(path: string, { split, label, kind, group, severity, id }: Fields, source: string): Sample {
  const { folders, stem } = placeOf(path);
  const anomalous = label ?? (kind === undefined ? undefined : folderLabel(kind) !== 'normal');
  const unnamed = anomalous ? 'anomalous' : folders.join('/') || nfc(source);
  return {
    id: id ?? [...folders, stem].join('/'),
    path,
    ...definedFields({ split, anomalous }),
    kind: anomalous === false ? 'good' : (kind ?? unnamed),
    ...definedFields({ group, severity }),
  };
}

/** What the row says; fields that can't be read are reported. */
function fieldsOf(cells: Row['cells'], fieldOf: ReadonlyMap<string, FieldName>, wrong: (field: string, message: string) => void): Fields {
  const entries = [...cells].flatMap(([column, value]) => {
    const field = fieldOf.get(column);
    if (!field || value === '' || value === null) return [];
    const read = FIELDS[field].read(value);
    if (read === undefined) wrong(column, `is ${shown(value)}; it must be ${FIELDS[field].right}`);
    return [[field, read] as const];
  });
  return Object.fromEntries(entries.filter(([, read]) => read !== undefined));
}

type Table = { readonly columns: readonly string[]; readonly rows: readonly Row[] };

function csvTable(file: string, text: string, report: (message: string) => void): Table {
  const { columns, rows } = readCsv(file, text, report);
  return { columns, rows: rows.map(({ line, cells }) => ({ where: `line ${line}`, cells })) };
}

const objects = z.array(z.record(z.string(), z.unknown()));

function jsonTable(file: string, text: string): Table {
  const entries = parseJson(objects, text, file);
  return {
    columns: [...new Set(entries.flatMap((entry) => Object.keys(entry)))],
    rows: entries.map((entry, i) => ({ where: `entry ${i + 1}`, cells: new Map(Object.entries(entry)) })),
  };
}

function textIn(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${file} is not text in UTF-8`, { cause });
  }
}

type Found = { readonly found: string } | { readonly found?: undefined; readonly reason: string };

/** Where files are that a list in `folder` names. */
function finderIn(paths: readonly string[], folder: readonly string[]): (given: string) => Found {
  const byName = new Map(paths.map((path) => [nfc(path), path]));
  const byLowerCase = new Map(paths.map((path) => [nfc(path).toLowerCase(), path]));
  return (given) => {
    const parts = [...folder];
    for (const part of nfc(given).split(/[/\\]/)) {
      if (part === '..' && parts.pop() === undefined) return { reason: 'it must lie in the folder of the data set' };
      if (part !== '..' && part !== '.') parts.push(part);
    }
    const path = parts.join('/');
    const found = byName.get(path);
    if (found !== undefined) return { found };
    if (/^([/\\]|[a-z]:)/i.test(given)) return { reason: "it must be relative to the list's folder" };
    const alike = byLowerCase.get(path.toLowerCase());
    return { reason: alike === undefined ? 'there is no such file' : `there is no such file, but ${alike}` };
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? nfc(value.trim()) : undefined;
}

/** One text, parts with ';' between, or an array of texts. */
function textsOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return value.split(';').flatMap((part) => textOf(part) ?? []);
  const texts = Array.isArray(value) ? value.map(textOf) : [undefined];
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function numberOf(value: unknown): number | undefined {
  const text = textOf(value);
  return text !== undefined && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** It names files, which must stay in their folder. */
function idOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text?.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\\')) ? text : undefined;
}

const nfc = (text: string) => text.normalize('NFC');
