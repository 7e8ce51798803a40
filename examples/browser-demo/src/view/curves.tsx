import { useEffect, useState } from 'preact/hooks';
import { smoothed } from '../pictures/smooth-curve.ts';
import * as state from '../state.ts';
import { Chart } from './chart.tsx';

const REDRAW = 500; // milliseconds: more often than that nobody sees

/** How each model learns: its own loss, and the squared error that all of them can be compared by. */
export function Curves() {
  const version = useThrottled(state.curvesVersion.value, REDRAW);
  const run = state.run.value;
  if (!run || state.curves.size === 0) return null;
  return (
    <section aria-labelledby="curves-title">
      <h2 id="curves-title">Learning</h2>
      <p class="lead">
        Each step hides some images under noise and asks the network what the noise was. Below 1 it has learnt something: 1 is what guessing
        nothing scores. Vertical axes are logarithmic, and neighbouring steps averaged.
      </p>
      <div class="figures">
        <LossFigure
          title="Mean squared error"
          note="The same unit for all: compare these. A robust loss may end higher here and still find more, for it leaves out the defects."
          of="meanSquaredError"
          {...{ run, version }}
        />
        <LossFigure
          title="Each model's own loss"
          note="What each model minimises, in its own unit: don't compare these."
          of="loss"
          {...{ run, version }}
        />
      </div>
    </section>
  );
}

type FigureProps = {
  readonly title: string;
  readonly note: string;
  readonly of: 'loss' | 'meanSquaredError';
  readonly run: NonNullable<typeof state.run.value>;
  readonly version: number;
};

function LossFigure({ title, note, of, run, version }: FigureProps) {
  const [drawn, setDrawn] = useState<ReturnType<typeof smoothed>>([[]]);
  useEffect(() => {
    const empty = { step: [], loss: [], meanSquaredError: [] };
    setDrawn(
      smoothed(
        run.methods.map((method) => state.curves.get(method) ?? empty),
        run.steps,
        of,
      ),
    );
  }, [version, run, of]);
  const [, ...lines] = drawn;
  const last = (i: number) => lines[i]?.findLast((value) => value !== null);
  const ends = run.methods.map((method, i) => ({ method, value: last(i)?.toPrecision(3) ?? '–' }));
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <p class="hint">{note}</p>
      {drawn.length > 1 && (
        <Chart
          data={drawn}
          series={run.methods.map((method) => ({ title: state.titleOf(method), color: state.colorOf(method), dash: [] }))}
          total={run.steps}
          label={`${title} by training step, last: ${ends.map(({ method, value }) => `${state.titleOf(method)} ${value}`).join(', ')}`}
        />
      )}
      <ul class="legend">
        {ends.map(({ method, value }) => (
          <li key={method}>
            <span class="swatch" style={{ background: state.colorOf(method) }} aria-hidden="true" />
            {state.titleOf(method)} <span class="quiet">{value}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** The newest value, but at most once per interval. */
function useThrottled<T>(value: T, interval: number): T {
  const [shown, setShown] = useState(value);
  const [last, setLast] = useState(0);
  useEffect(() => {
    const wait = Math.max(0, last + interval - performance.now());
    const timer = setTimeout(() => {
      setShown(value);
      setLast(performance.now());
    }, wait);
    return () => clearTimeout(timer);
  }, [value]);
  return shown;
}
