import * as Plot from '@observablehq/plot';
import { drawPlot } from './draw-plot.ts';
import { html, type Markup } from './markup.ts';
import { type MethodStyles, swatch } from './method-style.ts';

/** One report of training, as a line of `metrics.jsonl`. */
export type LossPoint = {
  /** Steps done. */
  step: number;
  /** The method's own loss. */
  loss: number;
  /** Of what was predicted against what was true: comparable between losses. */
  meanSquaredError?: number | null;
  /** The same by quarter of t, from little noise to much; null where no sample fell into the quarter. */
  meanSquaredErrorByQuarter?: readonly (number | null)[];
};

export type LossHistory = {
  /** As in `results.methods`. */
  method: string;
  /** By rising step. Any number: neighbours are averaged for drawing. */
  points: readonly LossPoint[];
};

/** More points than this on one line are averaged in groups of neighbours. */
const DRAWN_POINTS = 160;

const QUARTERS = ['0 – ¼ T', '¼ – ½ T', '½ – ¾ T', '¾ T – T'];

export function lossSection(losses: readonly LossHistory[], styles: MethodStyles): Markup {
  const series = (read: (point: LossPoint) => number | null | undefined) =>
    losses.map(({ method, points }) => ({ method, line: averaged(points, read) }));
  const own = series(({ loss }) => loss);
  const squared = series(({ meanSquaredError }) => meanSquaredError);
  const quarters = losses.map(({ method, points }) => ({
    method,
    lines: QUARTERS.map((_, quarter) => averaged(points, ({ meanSquaredErrorByQuarter }) => meanSquaredErrorByQuarter?.[quarter])),
  }));
  const shared = extent(quarters.flatMap(({ lines }) => lines.flat()));
  const hasSquared = squared.some(({ line }) => line.length > 0);
  return html`<section id="training" aria-labelledby="training-title">
<h2 id="training-title">Training</h2>
<p class="lead">Each method minimises its own loss, so those curves don't compare with each other; the mean squared error of the prediction does.
Lines are means over neighbouring reports; vertical axes are logarithmic.</p>
<div class="figures">
${methodFigure('Own loss of each method', 'loss', own, styles)}
${hasSquared && methodFigure('Mean squared error of the prediction', 'mean squared error', squared, styles)}
</div>
${
  shared &&
  html`<h3>Mean squared error by quarter of t</h3>
<p>Small t is little noise, where the fine structure is learnt; large t is nearly pure noise. All methods share one axis.</p>
<div class="figures small">${quarters.map(({ method, lines }) => quarterFigure(method, lines, shared))}</div>
<ul class="legend">${QUARTERS.map((label, quarter) => html`<li>${swatch({ color: quarterColor(quarter), dash: 'none' })}${label}</li>`)}</ul>`
}
</section>`;
}

type Line = { step: number; value: number }[];

function methodFigure(title: string, label: string, series: { method: string; line: Line }[], styles: MethodStyles): Markup {
  const drawn = series.map((entry) => ({ ...entry, style: styles.of('losses', entry.method) })).filter(({ line }) => line.length > 0);
  const svg = drawPlot({
    ...FRAME,
    ariaLabel: `${title} by training step: ${drawn.map(({ method, line }) => `${method} ends at ${line.at(-1)!.value.toPrecision(3)}`).join(', ')}`,
    x: STEP_AXIS,
    y: lossAxis(label, extent(drawn.flatMap(({ line }) => line))),
    marks: drawn.map(({ method, line, style }) =>
      Plot.line(line, { x: 'step', y: 'value', stroke: style.color, strokeWidth: 1.8, strokeDasharray: style.dash, title: () => method }),
    ),
  });
  return html`<figure>
<figcaption>${title}</figcaption>
${svg}
<ul class="legend">${drawn.map(({ method, line, style }) => html`<li>${swatch(style)}${method} <span class="quiet">ends at</span> ${line.at(-1)!.value.toPrecision(3)}</li>`)}</ul>
</figure>`;
}

function quarterFigure(method: string, lines: Line[], range: readonly [number, number]): Markup {
  const ends = lines.map((line, quarter) => `${QUARTERS[quarter]} ends at ${line.at(-1)?.value.toPrecision(3) ?? 'nothing'}`);
  const svg = drawPlot({
    ...FRAME,
    width: 320,
    height: 210,
    ariaLabel: `Mean squared error of ${method} by training step and quarter of t: ${ends.join(', ')}`,
    x: STEP_AXIS,
    y: lossAxis('mean squared error', range),
    marks: lines.map((line, quarter) =>
      Plot.line(line, { x: 'step', y: 'value', stroke: quarterColor(quarter), strokeWidth: 1.6, title: () => QUARTERS[quarter]! }),
    ),
  });
  return html`<figure>
<figcaption>${method}</figcaption>
${svg}
</figure>`;
}

const FRAME = { width: 380, height: 280, marginLeft: 48, marginRight: 14, marginTop: 26, marginBottom: 38, grid: true };

const STEP_AXIS: Plot.ScaleOptions = {
  label: 'step',
  labelArrow: 'none',
  labelAnchor: 'center',
  ticks: 5,
  tickFormat: (step: number) => (step >= 1000 ? `${step / 1000}k` : String(step)),
};

/** Logarithmic, and at least a factor of 3 high: less would blow up noise. */
function lossAxis(label: string, range: readonly [number, number] | undefined): Plot.ScaleOptions {
  const [low, high] = range ?? [0.1, 1];
  const widen = Math.max(1, Math.sqrt(3 / (high / low)));
  const domain = [low / widen, high * widen] as const;
  return { type: 'log', label, labelArrow: 'none', domain, ticks: logTicks(...domain), tickFormat: '~g' };
}

/** 1, 2, 5 within a decade or so; 1, 3 within two or three; beyond that the decades alone. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const digits = decades < 1.2 ? [1, 2, 5] : decades < 3 ? [1, 3] : [1];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => first + index);
  return powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`))).filter((tick) => tick >= low && tick <= high);
}

function quarterColor(quarter: number): string {
  return `var(--quarter-${quarter})`;
}

/** What can't be drawn on a logarithmic axis is left out. */
function averaged(points: readonly LossPoint[], read: (point: LossPoint) => number | null | undefined): Line {
  const line = points.flatMap((point) => {
    const value = read(point);
    return typeof value === 'number' && value > 0 && Number.isFinite(value) ? [{ step: point.step, value }] : [];
  });
  const group = Math.ceil(line.length / DRAWN_POINTS);
  return Array.from({ length: Math.ceil(line.length / Math.max(1, group)) }, (_, index) => {
    const neighbours = line.slice(index * group, (index + 1) * group);
    const mean = (read: (entry: Line[number]) => number) => neighbours.reduce((sum, entry) => sum + read(entry), 0) / neighbours.length;
    return { step: mean(({ step }) => step), value: mean(({ value }) => value) };
  });
}

function extent(line: Line): readonly [number, number] | undefined {
  if (line.length === 0) return undefined;
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { value } of line) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
