/** Cells to the `results.json` of a whole benchmark. */
import type { Cell, DefectScores, FailedCell, MethodResult, Metric, Protocol, ResultScores, Results } from '@rddpm/report';
import { comparisonsOf, intervalsOf, type ResampledCell } from './statistics.ts';

/**
 * Each cell has a `results.json` of its own, with one method and one cell. Seeds are averaged; contaminations are rows of their own.
 *
 * @param options.failed Those that couldn't be run. @defaultValue none
 * @param options.resampled Of each cell, its metrics on resamples of its test images; rows of which each cell has them get intervals,
 * and are compared with the first row. @defaultValue none
 */
export function assembleResults(
  cells: readonly Results[],
  { failed = [], resampled = [] }: { readonly failed?: readonly FailedCell[]; readonly resampled?: readonly ResampledCell[] } = {},
): Results {
  const [first] = cells;
  if (!first) throw new RangeError('assembleResults: no cells');
  const own = cells.map(({ methods, cells }) => ({ method: methods[0]!, contamination: cells[0]!.contamination }));
  const names = [...new Set(own.map(({ method }) => method.name))];
  const contaminations = [...new Set(own.map(({ contamination }) => contamination))];
  const rows = contaminations.flatMap((contamination) =>
    names.flatMap((name): MethodResult[] => {
      const runs = own.filter((cell) => cell.method.name === name && cell.contamination === contamination).map(({ method }) => method);
      if (runs.length === 0) return [];
      const known = resampled.filter((cell) => cell.method === name && cell.contamination === contamination);
      const intervals = known.length === runs.length ? { intervals: intervalsOf(known) } : {};
      return [{ ...meanOf(runs), ...intervals, ...(contaminations.length > 1 && { contamination }) }];
    }),
  );
  const comparisons = comparisonsOf(resampled);
  return {
    version: 2,
    dataset: first.dataset,
    protocol: mergeProtocols(cells.map(({ protocol }) => protocol)),
    methods: rows,
    cells: cells.flatMap((results): Cell[] => results.cells),
    ...(failed.length > 0 && { failed: [...failed] }),
    ...(comparisons.length > 0 && { comparisons }),
    environment: first.environment,
  };
}

/** Of several seeds and ratios all are named; one stays a number. */
function mergeProtocols(protocols: readonly Protocol[]): Protocol {
  const each = <T>(values: readonly (T | T[])[]): T | T[] => {
    const all = [...new Set(values.flat() as T[])];
    return all.length === 1 ? all[0]! : all;
  };
  return {
    ...protocols[0]!,
    contamination: each(protocols.map(({ contamination }) => contamination)),
    seed: each(protocols.map(({ seed }) => seed)),
  };
}

function meanOf(runs: readonly MethodResult[]): MethodResult {
  const [first] = runs as readonly [MethodResult];
  if (runs.length === 1) return first;
  const kinds = [...new Set(runs.flatMap(({ defects }) => defects.map(({ name }) => name)))].sort();
  const defects = kinds.map((name): DefectScores => {
    const of = runs.flatMap((run) => run.defects.filter((defect) => defect.name === name));
    return { name, seenInTraining: of.some(({ seenInTraining }) => seenInTraining), count: of[0]!.count, ...meanScores(of) };
  });
  const { name, role, facts, curves } = first; // of several runs, the first one's
  return { name, role, facts, timing: meanTiming(runs), curves, ...meanScores(runs), defects };
}

function meanTiming(runs: readonly MethodResult[]): MethodResult['timing'] {
  const names = [...new Set(runs.flatMap(({ timing }) => Object.keys(timing)))];
  return Object.fromEntries(names.map((name) => [name, mean(runs.flatMap(({ timing }) => timing[name] ?? []))]));
}

/** A metric that is undefined in some runs is the mean of the others; undefined in all, it keeps its reason. */
function meanScores(runs: readonly ResultScores[]): ResultScores {
  const group = <Name extends string>(read: (scores: ResultScores) => Readonly<Record<Name, Metric>>) => {
    const names = Object.keys(read(runs[0]!)) as Name[];
    return Object.fromEntries(names.map((name) => [name, meanMetric(runs.map((run) => read(run)[name]))])) as Record<Name, Metric>;
  };
  const scores: ResultScores = { pixel: group(({ pixel }) => pixel), image: group(({ image }) => image) };
  if (runs.every(({ reconstruction }) => reconstruction)) scores.reconstruction = group(({ reconstruction }) => reconstruction!);
  const reasons = Object.entries(Object.assign({}, ...runs.map((run) => run.undefined)) as Record<string, string>);
  const missing = reasons.filter(([path]) => {
    const [group, name] = path.split('.') as ['pixel', 'auroc'];
    return scores[group]?.[name] === null;
  });
  if (missing.length > 0) scores.undefined = Object.fromEntries(missing);
  return scores;
}

function meanMetric(values: readonly Metric[]): Metric {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : mean(defined);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
