import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const dark = signal(matchMedia('(prefers-color-scheme: dark)').matches);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => {
  dark.value = matches;
});

export type Series = {
  readonly title: string /** A CSS colour, such as `var(--method-0)`. */;
  readonly color: string;
  readonly dash: number[];
};

const HEIGHT = 220;

/** Lines by training step on a logarithmic axis; it follows its container's width and the colour scheme. */
export function Chart({
  data,
  series,
  total,
  label,
}: {
  data: uPlot.AlignedData;
  series: readonly Series[];
  total: number;
  label: string;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const key = JSON.stringify([series, total, dark.value]);
  useEffect(() => {
    const element = holder.current!;
    const options = optionsFor(series, total, element);
    const created = new uPlot({ ...options, width: element.clientWidth, height: HEIGHT }, data, element);
    const observer = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    plot.current = created;
    return () => {
      observer.disconnect();
      created.destroy();
    };
  }, [key]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="chart" ref={holder} role="img" aria-label={label} />;
}

function optionsFor(series: readonly Series[], total: number, element: HTMLElement): Omit<uPlot.Options, 'width' | 'height'> {
  const style = getComputedStyle(element);
  const color = (text: string) => text.replace(/var\((--[\w-]+)\)/, (_, name: string) => style.getPropertyValue(name).trim());
  const axis = {
    stroke: color('var(--quiet)'),
    grid: { stroke: color('var(--line)'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [0, total] }, y: { distr: 3, range: (_, low, high) => widened(low, high) } },
    axes: [
      { ...axis, size: 28, space: 60 },
      {
        ...axis,
        size: 44,
        values: (_, ticks) => ticks.map((tick) => (tick === null || !isRound(tick) ? '' : `${Number(tick.toPrecision(1))}`)),
      },
    ],
    series: [
      {},
      ...series.map(({ color: stroke, dash }) => ({ stroke: color(stroke), width: 2, dash, points: { show: false }, spanGaps: true })),
    ],
  };
}

/** At least a factor of 3 high: less would blow up noise. Ends are 1 … 9 times a power of ten, for uPlot counts its ticks from there. */
function widened(low: number, high: number): [number, number] {
  if (!(low > 0 && high < Number.POSITIVE_INFINITY)) return [0.1, 1]; // nothing is there yet
  const widen = Math.max(1.1, Math.sqrt(3 / (high / low)));
  const [from, to] = uPlot.rangeLog(low / widen, high * widen, 10, false);
  return [from ?? 0.1, to ?? 1];
}

/** 1, 2 and 5 of each decade are written out. */
const isRound = (tick: number) => [1, 2, 5].includes(Math.round(tick / 10 ** Math.floor(Math.log10(tick * 1.0001))));
