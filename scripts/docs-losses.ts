// The figures of docs/losses.md, influence and weight of the element-wise losses, drawn from the functions themselves on the cpu backend; and the
// table of losses in the README of @rddpm/losses.
import * as Plot from '@observablehq/plot';
import { createBackend } from '@rddpm/backend/cpu';
import type { RobustFunction } from '@rddpm/losses';
import { LOSS_NAMES, lossJsonSchema } from '@rddpm/losses/config';
import { tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LossDocs, Pull } from '../packages/losses/src/loss-docs.ts';
import { plotSvg } from '../packages/report/src/html/draw-plot.tsx';
import { thinPolyline } from '../packages/report/src/html/thin-polyline.ts';

/** By folder. */
const DOCS = import.meta.glob<LossDocs>('../packages/losses/src/*/docs.ts', { eager: true, import: 'docs' });

const docsOf = (name: string): LossDocs => DOCS[`../packages/losses/src/${name}/docs.ts`]!;

/** One colour for each, and said in words. */
const PULLS = {
  growing: { color: '#5d6470', words: 'pulls the more the farther' },
  bounded: { color: '#0067a8', words: 'pull is bounded' },
  redescending: { color: '#d1530a', words: 'pull fades' },
  chosen: { color: '#1b1e23', words: 'pull by α' },
} as const satisfies Record<Pull, { color: string; words: string }>;

type Panel = NonNullable<LossDocs['panel']>;

const PANELS: readonly (Panel & { readonly title: string })[] = LOSS_NAMES.flatMap((name) => {
  const { panel } = docsOf(name);
  return panel ? [{ title: name, ...panel }] : [];
});

/** Influence is odd and weight even: the half to the right says all. */
const FARTHEST = 8;

const FIGURES = {
  influence: {
    title: 'Influence ψ(r) = ρ′(r): how hard a residual r pulls',
    highest: 3,
    of: ({ psi }: RobustFunction) => psi,
  },
  weight: {
    title: 'Weight ψ(r) / r: what a residual r counts for in least squares',
    highest: 2.2,
    of: ({ weight }: RobustFunction) => weight,
  },
} as const;

type LossFigure = keyof typeof FIGURES;

const COLUMNS = 4;
const CELL = { width: 230, height: 196 };
const HEAD = 44;

/** As an SVG file. It brings its own background, as a picture can't know whether its page is light or dark. */
export async function lossFigure(figure: LossFigure): Promise<string> {
  await createBackend();
  const { title, highest, of } = FIGURES[figure];
  const cells = PANELS.map((panel, index) => {
    const [x, y] = [MARGIN + (index % COLUMNS) * CELL.width, HEAD + Math.floor(index / COLUMNS) * CELL.height];
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, of, highest)}</g>`;
  });
  const width = 2 * MARGIN + COLUMNS * CELL.width;
  const height = HEAD + Math.ceil(PANELS.length / COLUMNS) * CELL.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}" color="${QUIET}" font-family="system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif">
<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>
${textAt(MARGIN + FRAME.marginLeft, 26, title, INK, 'font-size="15" font-weight="600"')}
${cells.join('\n')}
</svg>
`;
}

function drawPanel(
  { title, setting, pull, curves, keyAt = 0 }: (typeof PANELS)[number],
  of: (fn: RobustFunction) => RobustFunction['rho'],
  highest: number,
): string {
  const { color: usual, words } = PULLS[pull];
  const drawn = curves.map((curve) => ({
    color: curve.pull ? PULLS[curve.pull].color : usual,
    dash: 'none',
    ...curve,
    points: evaluate(of(curve.fn)),
  }));
  const key = (index: number) => highest * (keyAt - 0.11 * index);
  const svg = plotSvg({
    ...FRAME,
    ariaLabel: `${title}: ${words}`,
    x: { domain: [0, FARTHEST], ticks: 4, label: 'r', labelArrow: 'none', labelAnchor: 'right' },
    y: { domain: [0, highest], ticks: [0, 1, 2, 3].filter((tick) => tick <= highest), tickFormat: 'd', label: null, tickSize: 0 },
    marks: [
      Plot.gridY(
        [0, 1, 2, 3].filter((tick) => tick <= highest),
        { stroke: LINE, strokeOpacity: 1 },
      ),
      ...drawn.flatMap(({ points, label, color, dash }, index) => [
        ...below(points, highest).map((part) => Plot.line(part, { stroke: color, strokeWidth: 2, strokeDasharray: dash })),
        ...comesBack(points, highest).map(([r, peak]) =>
          Plot.text([`${peak.toFixed(1)} at the edge`], { x: [r], y: [highest], dx: 6, dy: 8, textAnchor: 'start', fill: color }),
        ),
        ...(label === undefined
          ? []
          : [
              Plot.link([0], { x1: 3.9, x2: 4.8, y1: key(index), y2: key(index), stroke: color, strokeWidth: 2, strokeDasharray: dash }),
              Plot.text([label], { x: [4.9], y: [key(index)], textAnchor: 'start', fill: color }),
            ]),
      ]),
    ],
  });
  return [
    textAt(FRAME.marginLeft, 18, title, INK, 'font-size="13" font-weight="600"'),
    setting && textAt(CELL.width - FRAME.marginRight, 18, setting, QUIET, 'font-size="11" text-anchor="end"'),
    textAt(FRAME.marginLeft, 33, words, usual, 'font-size="11"'),
    svg.outerHTML,
  ]
    .filter(Boolean)
    .join('');
}

const MARGIN = 12;
const FRAME = { width: CELL.width, height: CELL.height, marginLeft: 22, marginRight: 14, marginTop: 44, marginBottom: 34 };
const INK = '#1b1e23';
const QUIET = '#5d6470';
const LINE = '#dfe2e6';

type Point = readonly [r: number, value: number];

const RESIDUALS = Array.from({ length: 1601 }, (_, index) => (index * FARTHEST) / 1600);

/** At four decimals, so that the file is the same wherever it's made; infinite values are left out. */
function evaluate(fn: RobustFunction['rho']): Point[] {
  const values = tidy(() => fn(tensor1d(RESIDUALS)));
  const data = values.dataSync();
  values.dispose();
  return RESIDUALS.map((r, index) => [r, Number(data[index]!.toFixed(4))] as const).filter(([, value]) => Number.isFinite(value));
}

/** The parts of a line that lie below `highest`, cut there, and without the points that can't be seen. */
function below(points: readonly Point[], highest: number): Point[][] {
  const parts: Point[][] = [[]];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before && before[1] > highest !== point[1] > highest) {
      const share = (highest - before[1]) / (point[1] - before[1]);
      const cut: Point = [before[0] + share * (point[0] - before[0]), highest];
      if (point[1] > highest) parts.at(-1)!.push(cut);
      else parts.push([cut]);
    }
    if (point[1] <= highest) parts.at(-1)!.push(point);
  }
  const scale = [(CELL.width - 36) / FARTHEST, (CELL.height - 78) / highest] as const;
  return parts
    .filter((part) => part.length > 1)
    .map((part) =>
      thinPolyline({ x: part.map(([r]) => r), y: part.map(([, value]) => value) }, { tolerance: 0.1, scale }).map((kept) => part[kept]!),
    );
}

/** The peak of a line that rises above `highest` and falls below it again, to be said in words. */
function comesBack(points: readonly Point[], highest: number): Point[] {
  const peak = points.reduce((most, point) => (point[1] > most[1] ? point : most));
  return points[0]![1] <= highest && peak[1] > highest && points.at(-1)![1] <= highest ? [peak] : [];
}

function textAt(x: number, y: number, text: string, fill: string, more: string): string {
  return `<text x="${x}" y="${y}" fill="${fill}" ${more}>${text}</text>`;
}

const MARKERS = ['<!-- losses: made by npm run docs:losses -->', '<!-- /losses -->'] as const;

/** The README with the table of all losses between its markers. */
export function withLossTable(readme: string): string {
  const [start, end] = MARKERS.map((marker) => readme.indexOf(marker)) as [number, number];
  return `${readme.slice(0, start)}${MARKERS[0]}\n\n${lossTable()}\n\n${readme.slice(end)}`;
}

function lossTable(): string {
  const head = ['name in configs', 'functions', 'penalty of a residual r', "a far residual's pull", 'default', 'default in configs'];
  const rows = LOSS_NAMES.flatMap((name) =>
    docsOf(name).rows.map(({ functions, penalty, pull, defaults = '' }, index) => [
      index === 0 ? `\`${name}\`` : '',
      functions.map((fn) => `\`${fn}\``).join(', '),
      penalty,
      pull,
      defaults,
      index === 0 ? configDefaults(name) : '',
    ]),
  );
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length), title.length));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The numbers that a config with nothing but its name stands for. */
function configDefaults(name: string): string {
  const { oneOf } = lossJsonSchema as unknown as { oneOf: { properties: Record<string, { const?: unknown; default?: unknown }> }[] };
  const { properties } = oneOf.find(({ properties }) => properties.name!.const === name)!;
  const numbers = Object.entries(properties).filter(([, field]) => typeof field.default === 'number');
  return numbers.map(([field, { default: value }]) => `\`${field}\` ${value}`).join(', ');
}
