import * as Plot from '@observablehq/plot';
import type { MethodResult, Metric, Results } from '../results.ts';
import { drawPlot } from './draw-plot.ts';
import { html, type Markup } from './markup.ts';
import { type MethodStyles, swatch } from './method-style.ts';
import { type Polyline, thinPolyline } from './thin-polyline.ts';

/** What `rocCurve` and `precisionRecallCurve` of `@rddpm/metrics` return: recall rises, and precision steps. */
export type RankingCurves = {
  roc: Readonly<Record<'falsePositiveRate' | 'truePositiveRate', ArrayLike<number>>>;
  precisionRecall: Readonly<Record<'precision' | 'recall', ArrayLike<number>>>;
};

export type MethodCurves = {
  /** As in `results.methods`. */
  method: string;
  /** Over all pixels of the test images. Any length: curves are thinned to what can be seen. */
  pixel?: RankingCurves;
  /** Over images. */
  image?: RankingCurves;
};

export function rankingSection(curves: readonly MethodCurves[], results: Results, styles: MethodStyles): Markup {
  const levels = (['pixel', 'image'] as const).filter((level) => curves.some((entry) => entry[level]));
  return html`<section id="curves" aria-labelledby="curves-title">
<h2 id="curves-title">ROC and precision–recall</h2>
<p class="lead">Each point of a curve is one threshold. ROC curves hide how rare defects are; where defective pixels are few, precision tells methods apart.
The dotted line is chance.</p>
${levels.map((level) => levelFigures(level, curves, results, styles))}
</section>`;
}

function levelFigures(level: 'pixel' | 'image', curves: readonly MethodCurves[], results: Results, styles: MethodStyles): Markup {
  const drawn = curves.flatMap((entry) => {
    const ranking = entry[level];
    return ranking ? [{ method: entry.method, style: styles.of('curves', entry.method), ranking }] : [];
  });
  const scoreOf = (method: string, read: (result: MethodResult) => Metric) => {
    const result = results.methods.find(({ name }) => name === method);
    return result ? read(result) : null;
  };
  const roc = drawn.map((entry) => ({
    ...entry,
    line: { x: entry.ranking.roc.falsePositiveRate, y: entry.ranking.roc.truePositiveRate },
    score: scoreOf(entry.method, (result) => result[level].auroc),
  }));
  const precisionRecall = drawn.map((entry) => ({
    ...entry,
    line: stairs(entry.ranking.precisionRecall),
    score: scoreOf(entry.method, (result) => result[level].averagePrecision),
  }));
  const prevalence = level === 'pixel' ? pixelPrevalence(results) : imagePrevalence(results);
  const title = level === 'pixel' ? 'Pixels' : 'Images';
  return html`<h3>${title}</h3>
<div class="figures">
${curveFigure({ title: `ROC, ${level}s`, scoreName: 'AUROC', entries: roc, x: 'false positive rate', y: 'true positive rate', chance: { x: [0, 1], y: [0, 1] } })}
${curveFigure({
  title: `Precision–recall, ${level}s`,
  scoreName: 'AP',
  entries: precisionRecall,
  x: 'recall',
  y: 'precision',
  chance: prevalence === undefined ? undefined : { x: [0, 1], y: [prevalence, prevalence] },
})}
</div>`;
}

/** The same for all methods; undefined where none knows it. */
function pixelPrevalence({ methods }: Results): number | undefined {
  return methods.map(({ pixel }) => pixel.prevalence).find((value) => value !== null) ?? undefined;
}

function imagePrevalence({ protocol: { images } }: Results): number | undefined {
  return images && images.testDefective / (images.testGood + images.testDefective);
}

const SIDE = { width: 380, height: 340, marginLeft: 44, marginRight: 14, marginTop: 26, marginBottom: 38 };
const INNER = [SIDE.width - SIDE.marginLeft - SIDE.marginRight, SIDE.height - SIDE.marginTop - SIDE.marginBottom] as const;

/** In pixels of the drawing: less than half of one can't be seen, with room for its enlargement on a wide page. */
const TOLERANCE = 0.2;

type CurveEntry = { method: string; style: { color: string; dash: string }; line: Polyline; score: Metric };

function curveFigure(figure: {
  title: string;
  scoreName: string;
  entries: CurveEntry[];
  x: string;
  y: string;
  chance: Polyline | undefined;
}): Markup {
  const { title, scoreName, entries, x, y, chance } = figure;
  const drawable = entries.filter(({ line }) => line.x.length > 0 && Number.isFinite(line.x[0]) && Number.isFinite(line.y[0]));
  const lines = drawable.map(({ method, style, line }) =>
    Plot.line(
      thinPolyline(line, { tolerance: TOLERANCE, scale: INNER }).map((index) => [line.x[index]!, line.y[index]!]),
      { stroke: style.color, strokeWidth: 1.8, strokeDasharray: style.dash, title: () => method },
    ),
  );
  const chanceLine = chance ? [Plot.line(points(chance), { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '1 4' })] : [];
  const svg = drawPlot({
    ...SIDE,
    ariaLabel: `${title}: ${entries.map(({ method, score }) => `${method} ${scoreName} ${score?.toFixed(3) ?? 'undefined'}`).join(', ')}`,
    grid: true,
    x: { domain: [0, 1], label: x, labelArrow: 'none', labelAnchor: 'center', ticks: 5 },
    y: { domain: [0, 1], label: y, labelArrow: 'none', ticks: 5 },
    marks: [...chanceLine, ...lines],
  });
  return html`<figure>
<figcaption>${title}</figcaption>
${svg}
<ul class="legend">${entries.map(({ method, style, score }) => html`<li>${swatch(style)}${method} <span class="quiet">${scoreName}</span> ${score?.toFixed(3) ?? '–'}</li>`)}</ul>
</figure>`;
}

/** Average precision is the area under steps: precision P_k holds from recall R_{k−1} to R_k. */
function stairs({ precision, recall }: RankingCurves['precisionRecall']): Polyline {
  const x = new Float64Array(2 * recall.length);
  const y = new Float64Array(2 * recall.length);
  for (let k = 0; k < recall.length; k++) {
    x[2 * k] = k === 0 ? 0 : recall[k - 1]!;
    x[2 * k + 1] = recall[k]!;
    y[2 * k] = y[2 * k + 1] = precision[k]!;
  }
  return { x, y };
}

function points({ x, y }: Polyline): [number, number][] {
  return Array.from(x, (value, index) => [value, y[index]!]);
}
