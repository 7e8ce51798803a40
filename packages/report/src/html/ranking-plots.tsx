import * as Plot from '@observablehq/plot';
import type { MethodResult, Metric, Results } from '../results.ts';
import { drawPlot } from './draw-plot.tsx';
import { MethodName } from './method-name.tsx';
import type { MethodStyle, MethodStyles } from './method-style.ts';
import type { MethodCurves, RankingCurves } from './report-input.ts';
import { type Polyline, thinPolyline } from './thin-polyline.ts';

type Props = { readonly curves: readonly MethodCurves[]; readonly results: Results; readonly styles: MethodStyles };

/** ROC and precision–recall, of pixels and of images as far as there are curves. */
export function RankingPlots({ curves, ...props }: Props) {
  const levels = (['pixel', 'image'] as const).filter((level) => curves.some((entry) => entry[level]));
  return (
    <>
      <p class="lead">
        Each point of a curve is one threshold. ROC curves hide how rare defects are; where defective pixels are few, precision tells
        methods apart. The dotted line is chance.
      </p>
      {levels.map((level) => (
        <LevelFigures level={level} curves={curves} {...props} />
      ))}
    </>
  );
}

function LevelFigures({ level, curves, results, styles }: Props & { readonly level: 'pixel' | 'image' }) {
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
  return (
    <>
      <h3>{title}</h3>
      <div class="figures">
        <CurveFigure
          title={`ROC, ${level}s`}
          scoreName="AUROC"
          entries={roc}
          x="false positive rate"
          y="true positive rate"
          chance={{ x: [0, 1], y: [0, 1] }}
        />
        <CurveFigure
          title={`Precision–recall, ${level}s`}
          scoreName="AP"
          entries={precisionRecall}
          x="recall"
          y="precision"
          chance={prevalence === undefined ? undefined : { x: [0, 1], y: [prevalence, prevalence] }}
        />
      </div>
    </>
  );
}

/** The share of defective pixels, which is the same for all methods; undefined where no method has it. */
function pixelPrevalence({ methods }: Results): number | undefined {
  return methods.map(({ pixel }) => pixel.prevalence).find((value) => value !== null) ?? undefined;
}

function imagePrevalence({ protocol: { images } }: Results): number | undefined {
  return images && images.testDefective / (images.testGood + images.testDefective);
}

const SIDE = { width: 380, height: 340, marginLeft: 44, marginRight: 14, marginTop: 26, marginBottom: 38 };
const INNER = [SIDE.width - SIDE.marginLeft - SIDE.marginRight, SIDE.height - SIDE.marginTop - SIDE.marginBottom] as const;

/** In pixels of the drawing. A shift by half a pixel can't be seen, and a wide page enlarges the drawing by up to a half. */
const TOLERANCE = 0.2;

type CurveEntry = { method: string; style: MethodStyle; line: Polyline; score: Metric };

type CurveFigureProps = {
  readonly title: string;
  readonly scoreName: string;
  readonly entries: readonly CurveEntry[];
  readonly x: string;
  readonly y: string;
  readonly chance: Polyline | undefined;
};

function CurveFigure({ title, scoreName, entries, x, y, chance }: CurveFigureProps) {
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
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {svg}
      <ul class="legend">
        {entries.map(({ method, style, score }) => (
          <li>
            <MethodName name={method} style={style} /> <span class="quiet">{scoreName}</span> {score?.toFixed(3) ?? '–'}
          </li>
        ))}
      </ul>
    </figure>
  );
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
