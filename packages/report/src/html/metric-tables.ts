import { type MetricInfo, readMetric } from '@rddpm/metrics';
import { COLUMNS, whyUndefined } from '../columns.ts';
import type { Cell, DefectScores, MethodResult, ReconstructionScores, ResultScores, Results } from '../results.ts';
import { bestOfMethods, type Footnotes, footnotes, prevalenceNote } from '../table-cells.ts';
import { timingNames, wordsOf } from '../timing.ts';
import { html, type Markup } from './markup.ts';
import { type MethodStyles, swatch } from './method-style.ts';
import { threeDigits } from './three-digits.ts';

/** Methods as rows, as `resultsTable`, with the spread over seeds, and beside it the errors of reconstructions and the times that there are. */
export function resultsSection(results: Results, styles: MethodStyles): Markup {
  const { methods, cells } = results;
  const notes = footnotes();
  const best = bestOfMethods(methods);
  const compared = methods.filter(({ role }) => role === 'method');
  const references = methods.filter(({ role }) => role === 'reference');
  const groups = [reconstructionGroup(methods), timingGroup(methods)].filter(({ columns }) => columns.length > 0);
  const row = (method: MethodResult) => html`<tr class="${method.role}">
<th scope="row">${swatch(styles.of('results', method.name))}${method.name}</th>
${metricTds(
  method,
  notes,
  method.role === 'method' ? best : [],
  cells.filter(({ method: name }) => name === method.name),
)}
${groups.map(({ columns }) => columns.map(({ cell }) => cell(method, notes)))}
</tr>`;
  const prevalence = prevalenceNote(results);
  return html`<section id="results" aria-labelledby="results-title">
<h2 id="results-title">Results</h2>
${table(
  'Metrics of each method',
  html`${scoreHead(
    'method',
    html`${groups.map(({ title, columns }) => html`<th colspan="${columns.length}" scope="colgroup">${title}</th>`)}`,
    groups.flatMap(({ columns }) => columns.map(({ label }) => label)),
  )}
<tbody>${compared.map(row)}</tbody>
${references.length > 0 && html`<tbody>${references.map(row)}</tbody>`}`,
)}
<p class="note">${compared.length > 1 && 'Bold: the best method, at the three decimals shown. '}${references.length > 0 && 'Below the line: references that learn nothing worth the name, to see what learning adds. '}${prevalence}</p>
${noteList(notes)}
${cells.length > methods.length && cellDetails(cells)}
</section>`;
}

/** The defect types one by one, each scored together with the good images. */
export function defectSection({ methods }: Results, styles: MethodStyles): Markup | false {
  const names = [...new Set(methods.flatMap(({ defects }) => defects.map(({ name }) => name)))];
  if (names.length === 0) return false;
  const notes = footnotes();
  const groups = names.map((name) => {
    const rows = methods.flatMap((method) => {
      const scores = method.defects.find((defect) => defect.name === name);
      return scores ? [{ method, scores }] : [];
    });
    const best = bestOfMethods(rows.map(({ method: { role }, scores }) => ({ role, ...scores })));
    return html`<tbody>${rows.map(
      ({ method, scores }, index) => html`<tr class="${method.role}">
${index === 0 && defectHeading(scores, rows.length)}
<td class="name">${swatch(styles.of('defects', method.name))}${method.name}</td>
${metricTds(scores, notes, method.role === 'method' ? best : [])}
</tr>`,
    )}</tbody>`;
  });
  const seen = methods.some(({ defects }) => defects.some(({ seenInTraining }) => seenInTraining));
  return html`<section id="defects" aria-labelledby="defects-title">
<h2 id="defects-title">By defect type</h2>
<p class="lead">Each type is scored together with all good images. ${
    seen &&
    html`<span class="badge seen">seen in training</span> marks types of which unlabelled images were in the training set:
what a method took for normal there, it can't mark as a defect.`
  }</p>
${table('Metrics by defect type and method', html`${scoreHead('defect', undefined, [], true)}${groups}`)}
${noteList(notes)}
</section>`;
}

function defectHeading({ name, count, seenInTraining }: DefectScores, rows: number): Markup {
  return html`<th scope="rowgroup" rowspan="${rows}" class="defect">${name}<br><span class="quiet">${count} ${count === 1 ? 'image' : 'images'}</span>
${seenInTraining && html`<br><span class="badge seen">seen in training</span>`}</th>`;
}

function cellDetails(cells: readonly Cell[]): Markup {
  const notes = footnotes();
  return html`<details><summary>All ${cells.length} runs, one by one</summary>
${table(
  'Metrics of each run',
  html`<thead><tr><th scope="col">method</th><th scope="col">contamination</th><th scope="col">seed</th>${COLUMNS.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
<tbody>${cells.map((cell) => html`<tr><th scope="row">${cell.method}</th><td>${cell.contamination}</td><td>${cell.seed}</td>${metricTds(cell, notes, [])}</tr>`)}</tbody>`,
)}
${noteList(notes)}
</details>`;
}

function metricTds(scores: ResultScores, notes: Footnotes, best: readonly (string | null)[], cells: readonly Cell[] = []): Markup[] {
  return COLUMNS.map((metric, column) => {
    const value = readMetric(scores, metric);
    if (value === null) return undefinedTd(whyUndefined(scores, metric.path), metric.label, notes);
    const text = value.toFixed(3);
    const spread = deviation(cells, metric);
    return html`<td>${text === best[column] ? html`<b>${text}</b>` : text}${spread !== undefined && html`<span class="spread"> ± ${spread.toFixed(3)}</span>`}</td>`;
  });
}

type ColumnGroup = { title: string; columns: { label: string; cell: (method: MethodResult, notes: Footnotes) => Markup }[] };

/** Without columns where no method has reconstructions. */
function reconstructionGroup(methods: readonly MethodResult[]): ColumnGroup {
  const column = (label: string, metric: keyof ReconstructionScores, digits: number) => ({
    label,
    cell: (method: MethodResult, notes: Footnotes) => {
      if (!method.reconstruction) return undefinedTd('this method makes none', 'reconstruction', notes);
      const value = method.reconstruction[metric];
      return value === null
        ? undefinedTd(whyUndefined(method, `reconstruction.${metric}`), label, notes)
        : html`<td>${value.toFixed(digits)}</td>`;
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
      return value === undefined ? html`<td class="undefined">–</td>` : html`<td>${threeDigits(value)}</td>`;
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

function undefinedTd(reason: string, label: string, notes: Footnotes): Markup {
  return html`<td class="undefined" title="${reason}">–<sup>${notes.number(`${label}: ${reason}`)}</sup></td>`;
}

/** Sample standard deviation over seeds; undefined for one run, or where contamination varies as well. */
function deviation(cells: readonly Cell[], metric: MetricInfo): number | undefined {
  const values = cells.map((cell) => readMetric(cell, metric)).filter((value) => value !== null);
  if (values.length < 2 || new Set(cells.map(({ contamination }) => contamination)).size > 1) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function scoreHead(first: string, groups: Markup | undefined, further: readonly string[], withMethod = false): Markup {
  const count = (level: 'pixel' | 'image') => COLUMNS.filter((column) => column.level === level).length;
  return html`<thead>
<tr><th rowspan="2" scope="col">${first}</th>${withMethod && html`<th rowspan="2" scope="col">method</th>`}
<th colspan="${count('pixel')}" scope="colgroup">pixels</th><th colspan="${count('image')}" scope="colgroup">images</th>${groups}</tr>
<tr>${COLUMNS.map(({ short }) => html`<th scope="col">${short}</th>`)}${further.map((label) => html`<th scope="col">${label}</th>`)}</tr>
</thead>`;
}

/** Wide tables scroll by themselves, also with the arrow keys. */
function table(label: string, content: Markup): Markup {
  return html`<div class="scroller" role="region" aria-label="${label}" tabindex="0"><table>${content}</table></div>`;
}

function noteList({ texts }: Footnotes): Markup | false {
  return texts.length > 0 && html`<ol class="footnotes">${texts.map((text) => html`<li>${text}</li>`)}</ol>`;
}
