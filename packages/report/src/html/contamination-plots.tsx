import * as Plot from '@observablehq/plot';
import { METRICS, type MetricInfo, readMetric } from '@rddpm/metrics';
import type { VNode } from 'preact';
import type { MethodResult, Results } from '../results.ts';
import { contaminationLabel } from './contamination-label.ts';
import { drawPlot } from './draw-plot.tsx';
import { MethodName } from './method-name.tsx';
import type { MethodStyles } from './method-style.ts';

/** What is drawn: one for where, one for whether, and the one that papers show. */
const DRAWN = METRICS.filter(({ path }) => ['pixel.averagePrecision', 'pixel.auroc', 'image.auroc'].includes(path));

/** How each method's metrics change with the contamination of its training set, with 95 % bands where they are known; undefined for fewer than two. */
export function contaminationPlots({ methods }: Results, styles: MethodStyles): VNode | undefined {
  const names = [...new Set(methods.map(({ name }) => name))];
  const rows = methods.filter((method): method is Row => typeof method.contamination === 'number');
  if (new Set(rows.map(({ contamination }) => contamination)).size < 2) return undefined;
  return (
    <>
      <p class="lead">Each line is a method, trained on sets with a growing share of defective images. Bands are 95 % intervals.</p>
      <div class="figures">
        {DRAWN.map((metric) => (
          <figure>
            <figcaption>{metric.label}</figcaption>
            {plot(metric, names, rows, styles)}
          </figure>
        ))}
      </div>
      <ul class="legend">
        {names.map((name) => (
          <li>
            <MethodName name={name} style={styles.of('methods', name)} />
          </li>
        ))}
      </ul>
    </>
  );
}

type Row = MethodResult & { contamination: number };

function plot(metric: MetricInfo, names: readonly string[], rows: readonly Row[], styles: MethodStyles): VNode {
  const lines = names.map((name) => {
    const points = rows.flatMap((row) => {
      const y = readMetric(row, metric);
      if (row.name !== name || y === null) return [];
      return [{ x: row.contamination, y, ...(row.intervals?.[metric.path] ?? { low: y, high: y }) }];
    });
    return { name, style: styles.of('methods', name), points: points.sort((a, b) => a.x - b.x) };
  });
  const ends = lines.flatMap(({ name, points }) => {
    const last = points.at(-1);
    return last ? [`${name} ${last.y.toFixed(3)} at ${last.x}`] : [];
  });
  return drawPlot({
    width: 380,
    height: 300,
    marginLeft: 48,
    marginRight: 14,
    marginTop: 26,
    marginBottom: 38,
    grid: true,
    ariaLabel: `${metric.label} by contamination: ${ends.join(', ')}`,
    x: {
      label: 'contamination',
      labelArrow: 'none',
      labelAnchor: 'center',
      ticks: [...new Set(rows.map(({ contamination }) => contamination))].sort((a, b) => a - b),
      tickFormat: contaminationLabel,
    },
    y: { label: metric.short, labelArrow: 'none', ticks: 5, nice: true },
    marks: [
      ...lines.map(({ style, points }) => Plot.areaY(points, { x: 'x', y1: 'low', y2: 'high', fill: style.color, fillOpacity: 0.12 })),
      ...lines.flatMap(({ name, style, points }) => [
        Plot.line(points, { x: 'x', y: 'y', stroke: style.color, strokeWidth: 1.8, strokeDasharray: style.dash, title: () => name }),
        Plot.dot(points, { x: 'x', y: 'y', fill: style.color, r: 2.5 }),
      ]),
    ],
  });
}
