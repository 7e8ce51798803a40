import { definedFields, FormatError, shown, withoutFields } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import { COLUMNS, fieldsByColumn, LABEL_WORDS, labelOf, readCsv, SPLIT_WORDS, splitOf } from './image-table.ts';
import { assertUniqueIds } from './unique-ids.ts';

/** A split that somebody published: which images are for training, and which for tests. */
export type SplitList = {
  readonly lines: readonly SplitLine[];
  /** The list tells only what is trained on (it has no column for the split): tests are the data set's own. */
  readonly isTrainingOnly: boolean;
};

export type SplitLine = {
  /** In the file, from 1. */
  readonly line: number;
  readonly path: string;
  /** Null: left out. */
  readonly split: 'train' | 'validation' | 'test' | null;
  /** Absent where the list doesn't say. */
  readonly anomalous?: boolean;
  /** The data set that it belongs to, in lists of several: 'candle'. */
  readonly object?: string;
};

/** Columns of split lists. */
const FIELDS = { ...COLUMNS, object: ['object', 'clsname', 'category'] } as const;

/**
 * A CSV with a line for each image, as `listLayout` reads it: the same columns, in any case and order, separators and words. `path` must be there; `split` may be
 * empty (left out), and without it all lines are for training; `label`; and `object` (or `clsname`, or `category`), the data set's name in lists of several.
 * Other columns are passed over.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if there is no column of paths, or two, or no line, and naming all lines that say something else.
 */
export function readSplitList(text: string, source: string): SplitList {
  const problems: string[] = [];
  const { columns, rows } = readCsv(source, text, (message) => void problems.push(message));
  const { fieldOf } = fieldsByColumn(source, columns, FIELDS);
  const isTrainingOnly = ![...fieldOf.values()].includes('split');
  const lines = rows.map(({ line, cells }): SplitLine => {
    const fields = Object.fromEntries([...fieldOf].map(([column, field]) => [field, cells.get(column)]));
    const { path = '', split = '', label = '', object = '' }: Partial<Record<keyof typeof FIELDS, string | undefined>> = fields;
    const anomalous = labelOf(label);
    if (path === '') problems.push(`line ${line} has no path`);
    if (split !== '' && splitOf(split) === undefined) {
      problems.push(`line ${line}: split is ${shown(split)}; it must be ${SPLIT_WORDS}, or empty`);
    }
    if (label !== '' && anomalous === undefined) {
      problems.push(`line ${line}: label is ${shown(label)}; it must be ${LABEL_WORDS}, or empty`);
    }
    return {
      line,
      path,
      split: isTrainingOnly ? 'train' : (splitOf(split) ?? null),
      ...definedFields({ anomalous, object: object === '' ? undefined : object }),
    };
  });
  if (problems.length > 0) throw new FormatError(`${source} is not a split list:${listed(problems)}`);
  if (lines.length === 0) throw new FormatError(`${source} lists no image`);
  return { lines, isTrainingOnly };
}

/**
 * Splits samples as a list says. A path of the list is that of an image if one ends with the other, folder by folder: 'bottle/train/good/000.png' is
 * 'train/good/000.png'. Of several the longest is meant.
 *
 * A defective image in training becomes a contaminant; one that is listed for tests as well is in both. Labels of the list count for images of which
 * the data set says nothing. A list of training images alone leaves the tests as they are, and leaves out training images that it doesn't name.
 *
 * @param options.object The data set's name: of a list of several, only its lines count.
 * @returns The samples in their order, and behind them, for training, those that are in both. Images that are left out have no split.
 * @throws {FormatError} naming all lines without an image, all images without a line, and all lines that contradict each other or the data set.
 */
export function applySplitList(
  samples: readonly Sample[],
  { lines: all, isTrainingOnly }: SplitList,
  options: { readonly object?: string } = {},
): Sample[] {
  const ofObject = all.filter(({ object }) => object === options.object);
  const lines = options.object !== undefined && ofObject.length > 0 ? ofObject : all;
  const find = finderOf(samples);
  const problems: string[] = [];
  const linesOf = new Map<Sample, SplitLine[]>();
  for (const line of lines) {
    const [found, other] = find(line.path);
    const where = `line ${line.line}: ${line.path}`;
    if (!found) problems.push(`${where} is not in the data set`);
    else if (other) problems.push(`${where} may be ${found.path} or ${other.path}; write more of its path`);
    else linesOf.set(found, [...(linesOf.get(found) ?? []), line]);
  }

  const inBoth: Sample[] = [];
  const split = samples.map((sample): Sample => {
    const { split: before } = sample;
    const rest = withoutFields(sample, 'split', 'contaminant');
    const named = linesOf.get(sample) ?? [];
    const label = named.find((line) => line.anomalous !== undefined);
    const anomalous = sample.anomalous ?? label?.anomalous;
    for (const line of named.filter((line) => line.anomalous !== undefined && line.anomalous !== anomalous)) {
      const against = sample.anomalous === undefined ? `in line ${label!.line}` : 'in the data set';
      problems.push(
        `${sample.path} is ${conditionOf(line.anomalous)} in the list (line ${line.line}), but ${conditionOf(anomalous)} ${against}`,
      );
    }
    const labelled: Sample = anomalous === undefined ? rest : { ...rest, anomalous };
    const training: Sample = { ...labelled, split: 'train', ...(anomalous ? { contaminant: true } : {}) };
    const splits = named.map((line) => line.split);
    const trains = splits.includes('train');
    const tests = splits.includes('test') || (isTrainingOnly && before === 'test');
    const inLines = `line${named.length > 1 ? 's' : ''} ${named.map(({ line }) => line).join(' and ')}`;
    if (new Set(splits).size < splits.length || (splits.length > 1 && !(trains && tests))) {
      problems.push(`${sample.path} is listed in ${inLines}; one is enough`);
    } else if (trains && tests && !anomalous) {
      problems.push(`${sample.path} is for training and for tests (${inLines}); only a defect may be both`);
    }
    if (splits.length === 0 && !isTrainingOnly) problems.push(`${sample.path} is not in the list`);
    if (trains && tests) inBoth.push(training);
    if (tests) return { ...labelled, split: 'test' };
    if (trains) return training;
    return splits.includes('validation') ? { ...labelled, split: 'validation' } : labelled;
  });
  if (problems.length > 0) throw new FormatError(`the split list and the data set do not fit each other:${listed(problems)}`);
  const listedSamples = [...split, ...inBoth];
  assertUniqueIds(
    'applySplitList',
    listedSamples.filter((sample) => sample.split !== undefined),
  );
  return listedSamples;
}

const conditionOf = (anomalous: boolean | undefined) => (anomalous ? 'defective' : 'good');

/** The images that a path may mean: several of one length can't be told apart. */
function finderOf(samples: readonly Sample[]): (path: string) => readonly Sample[] {
  const whole = new Map<string, Sample>();
  const byTail = new Map<string, Sample[]>();
  for (const sample of samples) {
    const parts = partsOf(sample.path);
    whole.set(parts.join('/'), sample);
    for (let from = 1; from < parts.length; from++) {
      const tail = parts.slice(from).join('/');
      byTail.set(tail, [...(byTail.get(tail) ?? []), sample]);
    }
  }
  return (path) => {
    const parts = partsOf(path);
    const exact = whole.get(parts.join('/'));
    if (exact) return [exact];
    const longer = byTail.get(parts.join('/'));
    if (longer) return longer;
    const at = parts.findIndex((_, from) => whole.has(parts.slice(from).join('/')));
    return at < 0 ? [] : [whole.get(parts.slice(at).join('/'))!];
  };
}

/** Names in Unicode's two forms are one; '.' and empty parts are none. */
function partsOf(path: string): string[] {
  return path
    .normalize('NFC')
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.');
}

const SHOWN = 20;

function listed(problems: readonly string[]): string {
  const more = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : '';
  return problems
    .slice(0, SHOWN)
    .map((problem) => `\n  ${problem}`)
    .join('')
    .concat(more);
}
