import * as Plot from '@observablehq/plot';
import type { VNode } from 'preact';
import type { Curve, MethodResult } from '../results.ts';
import { drawPlot } from './draw-plot.tsx';
import { MethodName } from './method-name.tsx';
import type { MethodStyle, MethodStyles } from './method-style.ts';
import { threeDigits } from './three-digits.ts';

/** A line of more points than this is drawn by means over groups of neighbours. */
const DRAWN_POINTS = 160;

/** What methods measured during their fit: the first curve large, the others small; undefined without any. */
export function trainingCurves(methods: readonly MethodResult[], styles: MethodStyles): VNode | undefined {
  const figures = figuresOf(methods, styles);
  const [first, ...others] = figures;
  if (!first) return undefined;
  const axis = (figure: Figure) => axisOf(figures.filter(({ quantity }) => quantity === figure.quantity).flatMap(({ lines }) => lines));
  const inOthers = new Map(others.flatMap(({ lines }) => lines.map(({ method, style }) => [method, style])));
  const shared = others.length > new Set(others.map(({ quantity }) => quantity)).size;
  return (
    <>
      <p class="lead">
        What each method measured while it learnt. A loss is the method's own, so losses of different methods don't compare with each other.
        Lines are means over neighbouring reports; vertical axes are logarithmic where all values are above 0.
      </p>
      <div class="figures">
        <figure>
          <figcaption>{capitalised(first.name)}</figcaption>
          {plot(first, axis(first), FRAME)}
          <ul class="legend">
            {first.lines.map(({ method, style, points }) => (
              <li>
                <MethodName name={method} style={style} /> <span class="quiet">ends at</span> {threeDigits(points.at(-1)!.y)}
              </li>
            ))}
          </ul>
        </figure>
      </div>
      {others.length > 0 && (
        <>
          {shared && <p>Plots of the same quantity share one vertical axis.</p>}
          <div class="figures small">
            {others.map((figure) => (
              <figure>
                <figcaption>{capitalised(figure.name)}</figcaption>
                {plot(figure, axis(figure), { ...FRAME, width: 320, height: 210 })}
              </figure>
            ))}
          </div>
          <ul class="legend">
            {Array.from(inOthers, ([method, style]) => (
              <li>
                <MethodName name={method} style={style} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

type Point = { x: number; y: number };
type Line = { method: string; style: MethodStyle; points: Point[] };
type Figure = { name: string; x: string; quantity: string; lines: Line[] };

/** A figure for all curves of the same name and horizontal axis, in order of first appearance. Curves without a point are left out. */
function figuresOf(methods: readonly MethodResult[], styles: MethodStyles): Figure[] {
  const figures = new Map<string, Figure>();
  for (const { name: method, curves } of methods) {
    for (const { name, x, points } of curves) {
      const drawn = averaged(points);
      if (drawn.length === 0) continue;
      const key = JSON.stringify([name, x]);
      const figure = figures.get(key) ?? { name, x, quantity: name.split(',')[0]!, lines: [] };
      figure.lines.push({ method, style: styles.of('curves', method), points: drawn });
      figures.set(key, figure);
    }
  }
  return [...figures.values()];
}

function plot({ name, x, quantity, lines }: Figure, axis: Plot.ScaleOptions, frame: typeof FRAME): VNode {
  return drawPlot({
    ...frame,
    ariaLabel: `${capitalised(name)} by ${x}: ${lines.map(({ method, points }) => `${method} ends at ${threeDigits(points.at(-1)!.y)}`).join(', ')}`,
    x: { ...COUNT_AXIS, label: x },
    y: { ...axis, label: quantity, labelArrow: 'none' },
    marks: lines.map(({ method, style, points }) =>
      Plot.line(points, { x: 'x', y: 'y', stroke: style.color, strokeWidth: 1.8, strokeDasharray: style.dash, title: () => method }),
    ),
  });
}

const FRAME = { width: 380, height: 280, marginLeft: 48, marginRight: 14, marginTop: 26, marginBottom: 38, grid: true };

const COUNT_AXIS: Plot.ScaleOptions = {
  labelArrow: 'none',
  labelAnchor: 'center',
  ticks: 5,
  tickFormat: (count: number) => (count >= 1000 ? `${count / 1000}k` : String(count)),
};

/** Logarithmic where all values are above 0, and then at least a factor of 3 high, so that noise is not magnified. */
function axisOf(lines: readonly Line[]): Plot.ScaleOptions {
  const [low, high] = extent(lines);
  if (low <= 0) return low < high ? { domain: [low, high], nice: true, ticks: 5 } : { domain: [low - 1, low + 1], ticks: 5 };
  const widen = Math.max(1, Math.sqrt(3 / (high / low)));
  const domain = [low / widen, high * widen] as const;
  return { type: 'log', domain, ticks: logTicks(...domain), tickFormat: '~g' };
}

/** 1, 2, 5 within a decade or so; 1, 3 within two or three; beyond that the decades alone. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const digits = decades < 1.2 ? [1, 2, 5] : decades < 3 ? [1, 3] : [1];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => first + index);
  return powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`))).filter((tick) => tick >= low && tick <= high);
}

/** At most DRAWN_POINTS means over neighbours. Points that were not measured, and values that are not finite, are left out. */
function averaged(points: Curve['points']): Point[] {
  const line = points.flatMap(([x, y]) => (y !== null && Number.isFinite(y) ? [{ x, y }] : []));
  const group = Math.max(1, Math.ceil(line.length / DRAWN_POINTS));
  return Array.from({ length: Math.ceil(line.length / group) }, (_, index) => {
    const neighbours = line.slice(index * group, (index + 1) * group);
    const mean = (read: (point: Point) => number) => neighbours.reduce((sum, point) => sum + read(point), 0) / neighbours.length;
    return { x: mean(({ x }) => x), y: mean(({ y }) => y) };
  });
}

function extent(lines: readonly Line[]): readonly [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { points } of lines) {
    for (const { y } of points) {
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
  }
  return [low, high];
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
