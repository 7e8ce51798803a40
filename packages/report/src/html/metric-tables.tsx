import { type MetricInfo, readMetric } from '@rddpm/metrics';
import type { ComponentChildren, VNode } from 'preact';
import { COLUMNS, whyUndefined } from '../columns.ts';
import type { Cell, DefectScores, MethodResult, ReconstructionScores, ResultScores, Results } from '../results.ts';
import { bestOfMethods, type Footnotes, failedNote, footnotes, prevalenceNote } from '../table-cells.ts';
import { timingNames, wordsOf } from '../timing.ts';
import { contaminationLabel } from './contamination-label.ts';
import { MethodName } from './method-name.tsx';
import type { MethodStyles } from './method-style.ts';
import { threeDigits } from './three-digits.ts';

/** The table that `resultsTable` gives, with the spread over seeds, and with columns for errors of reconstructions and for times if there are any. */
export function resultsTables(results: Results, styles: MethodStyles): VNode {
  const { methods, cells, failed = [] } = results;
  const notes = footnotes();
  const isSweep = methods.some(({ contamination }) => contamination !== undefined);
  const bestBeside = (method: MethodResult) => bestOfMethods(methods.filter(({ contamination }) => contamination === method.contamination));
  const hasIntervals = methods.some(({ intervals }) => intervals);
  const compared = methods.filter(({ role }) => role === 'method');
  const references = methods.filter(({ role }) => role === 'reference');
  const groups = [reconstructionGroup(methods), timingGroup(methods)].filter(({ columns }) => columns.length > 0);
  const row = (method: MethodResult) => (
    <tr class={method.role}>
      <th scope="row">
        <MethodName name={method.name} style={styles.of('results', method.name)} />
      </th>
      {isSweep && <td>{contaminationLabel(method.contamination)}</td>}
      {metricCells(method, notes, method.role === 'method' ? bestBeside(method) : [], {
        cells: cells.filter((cell) => cell.method === method.name && (method.contamination ?? cell.contamination) === cell.contamination),
        intervals: method.intervals,
      })}
      {groups.map(({ columns }) => columns.map(({ cell }) => cell(method, notes)))}
    </tr>
  );
  return (
    <>
      <Table label="Metrics of each method">
        <ScoreHead first={isSweep ? ['method', 'contamination'] : ['method']} groups={groups} />
        <tbody>{compared.map(row)}</tbody>
        {references.length > 0 && <tbody>{references.map(row)}</tbody>}
      </Table>
      <p class="note">
        {compared.length > 1 && `Bold: the best method${isSweep ? ' at each contamination' : ''}, at the three decimals shown. `}
        {hasIntervals && 'Small: 95 % intervals, by resampling test images and seeds. '}
        {references.length > 0 && 'Below the line: references that hardly learn anything, to show what learning adds. '}
        {prevalenceNote(results)}
      </p>
      <NoteList {...notes} />
      {failed.length > 0 && (
        <ul class="note">
          {failed.map((cell) => (
            <li>{failedNote(cell)}</li>
          ))}
        </ul>
      )}
      {cells.length > methods.length && cellDetails(cells)}
    </>
  );
}

/** The defect types one by one, each scored together with the good images; undefined without any. */
export function defectTable({ methods }: Results, styles: MethodStyles): VNode | undefined {
  const names = [...new Set(methods.flatMap(({ defects }) => defects.map(({ name }) => name)))];
  if (names.length === 0) return undefined;
  const notes = footnotes();
  const groups = names.map((name) => {
    const rows = methods.flatMap((method) => {
      const scores = method.defects.find((defect) => defect.name === name);
      return scores ? [{ method, scores }] : [];
    });
    const bestAt = (contamination: MethodResult['contamination']) =>
      bestOfMethods(
        rows.flatMap(({ method, scores }) => (method.contamination === contamination ? [{ role: method.role, ...scores }] : [])),
      );
    return (
      <tbody>
        {rows.map(({ method, scores }, index) => (
          <tr class={method.role}>
            {index === 0 && <DefectHeading {...scores} rows={rows.length} />}
            <td class="name">
              <MethodName name={method.name} style={styles.of('defects', method.name)} />
              {method.contamination !== undefined && <span class="quiet"> {contaminationLabel(method.contamination)}</span>}
            </td>
            {metricCells(scores, notes, method.role === 'method' ? bestAt(method.contamination) : [])}
          </tr>
        ))}
      </tbody>
    );
  });
  const seen = methods.some(({ defects }) => defects.some(({ seenInTraining }) => seenInTraining));
  return (
    <>
      <p class="lead">
        Each type is scored together with all good images.{' '}
        {seen && (
          <>
            <span class="badge seen">seen in training</span> marks types of which unlabelled images were in the training set: what a method
            took for normal there, it can't mark as a defect.
          </>
        )}
      </p>
      <Table label="Metrics by defect type and method">
        <ScoreHead first={['defect', 'method']} />
        {groups}
      </Table>
      <NoteList {...notes} />
    </>
  );
}

function DefectHeading({ name, count, seenInTraining, rows }: DefectScores & { readonly rows: number }) {
  return (
    <th scope="rowgroup" rowspan={rows} class="defect">
      {name}
      <br />
      <span class="quiet">
        {count} {count === 1 ? 'image' : 'images'}
      </span>
      {seenInTraining && (
        <>
          <br />
          <span class="badge seen">seen in training</span>
        </>
      )}
    </th>
  );
}

function cellDetails(cells: readonly Cell[]): VNode {
  const notes = footnotes();
  return (
    <details>
      <summary>All {cells.length} runs, one by one</summary>
      <Table label="Metrics of each run">
        <thead>
          <tr>{headings(['method', 'contamination', 'seed', ...COLUMNS.map(({ label }) => label)])}</tr>
        </thead>
        <tbody>
          {cells.map((cell) => (
            <tr>
              <th scope="row">{cell.method}</th>
              <td>{cell.contamination}</td>
              <td>{cell.seed}</td>
              {metricCells(cell, notes, [])}
            </tr>
          ))}
        </tbody>
      </Table>
      <NoteList {...notes} />
    </details>
  );
}

/** Called in the order of the table, which is that of its footnotes' numbers: a component would be rendered later. */
function metricCells(
  scores: ResultScores,
  notes: Footnotes,
  best: readonly (string | null)[],
  { cells = [], intervals = {} }: { readonly cells?: readonly Cell[]; readonly intervals?: MethodResult['intervals'] } = {},
): VNode[] {
  return COLUMNS.map((metric, column) => {
    const value = readMetric(scores, metric);
    if (value === null) return undefinedCell(whyUndefined(scores, metric.path), metric.label, notes);
    const text = value.toFixed(3);
    const spread = deviation(cells, metric);
    const interval = intervals[metric.path];
    return (
      <td>
        {text === best[column] ? <b>{text}</b> : text}
        {spread !== undefined && !interval && <span class="spread"> ± {spread.toFixed(3)}</span>}
        {interval && (
          <span class="spread interval">
            {interval.low.toFixed(3)} to {interval.high.toFixed(3)}
          </span>
        )}
      </td>
    );
  });
}

type ColumnGroup = { title: string; columns: { label: string; cell: (method: MethodResult, notes: Footnotes) => VNode }[] };

/** Has no columns where no method makes reconstructions. */
function reconstructionGroup(methods: readonly MethodResult[]): ColumnGroup {
  const column = (label: string, metric: keyof ReconstructionScores, digits: number) => ({
    label,
    cell: (method: MethodResult, notes: Footnotes) => {
      if (!method.reconstruction) return undefinedCell('this method makes none', 'reconstruction', notes);
      const value = method.reconstruction[metric];
      if (value === null) return undefinedCell(whyUndefined(method, `reconstruction.${metric}`), label, notes);
      return <td>{value.toFixed(digits)}</td>;
    },
  });
  const some = methods.some(({ reconstruction }) => reconstruction);
  return { title: 'reconstruction', columns: some ? [column('MSE', 'mse', 4), column('PSNR, dB', 'psnr', 1)] : [] };
}

function timingGroup(methods: readonly MethodResult[]): ColumnGroup {
  const columns = timingNames(methods).map((name) => ({
    label: timingLabel(name),
    cell: ({ timing }: MethodResult) => {
      const value = timing[name];
      return value === undefined ? <td class="undefined">–</td> : <td>{threeDigits(value)}</td>;
    },
  }));
  return { title: 'time', columns };
}

/** `secondsPerStep` is 's / step', `fitSeconds` 'fit, s'. */
function timingLabel(name: string): string {
  const words = wordsOf(name).map((word) => ({ seconds: 's', second: 's', per: '/' })[word] ?? word);
  const [last, ...before] = words.toReversed();
  return last === 's' && before.length > 0 && before[0] !== '/' ? `${before.toReversed().join(' ')}, s` : words.join(' ');
}

function undefinedCell(reason: string, label: string, notes: Footnotes): VNode {
  return (
    <td class="undefined" title={reason}>
      –<sup>{notes.number(`${label}: ${reason}`)}</sup>
    </td>
  );
}

/** Sample standard deviation over seeds; undefined for one run, or where contamination varies as well. */
function deviation(cells: readonly Cell[], metric: MetricInfo): number | undefined {
  const values = cells.map((cell) => readMetric(cell, metric)).filter((value) => value !== null);
  if (values.length < 2 || new Set(cells.map(({ contamination }) => contamination)).size > 1) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Two lines: columns of names, `first`, span both; metrics and further groups of columns have their titles in the upper one. */
function ScoreHead({ first, groups = [] }: { readonly first: readonly string[]; readonly groups?: readonly ColumnGroup[] }) {
  const count = (level: 'pixel' | 'image') => COLUMNS.filter((column) => column.level === level).length;
  const spans = [
    { title: 'pixels', width: count('pixel') },
    { title: 'images', width: count('image') },
    ...groups.map(({ title, columns }) => ({ title, width: columns.length })),
  ];
  return (
    <thead>
      <tr>
        {first.map((name) => (
          <th rowspan={2} scope="col">
            {name}
          </th>
        ))}
        {spans.map(({ title, width }) => (
          <th colspan={width} scope="colgroup">
            {title}
          </th>
        ))}
      </tr>
      <tr>{headings([...COLUMNS.map(({ short }) => short), ...groups.flatMap(({ columns }) => columns.map(({ label }) => label))])}</tr>
    </thead>
  );
}

function headings(labels: readonly string[]): VNode[] {
  return labels.map((label) => <th scope="col">{label}</th>);
}

/** Wide tables scroll by themselves, also with the arrow keys. */
function Table({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <section class="scroller" aria-label={label} tabindex={0}>
      <table>{children}</table>
    </section>
  );
}

function NoteList({ texts }: Pick<Footnotes, 'texts'>) {
  if (texts.length === 0) return null;
  return (
    <ol class="footnotes">
      {texts.map((text) => (
        <li>{text}</li>
      ))}
    </ol>
  );
}
