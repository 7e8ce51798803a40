import * as Plot from '@observablehq/plot';
import type { VNode } from 'preact';
import type { RatedImage, Suspects } from '../suspects.ts';
import { drawPlot } from './draw-plot.tsx';
import { threeDigits } from './three-digits.ts';

/**
 * All scores as a histogram, the cut-off as an upright line that no bar straddles. Below the axis each image has a mark of its own,
 * so that a single image can be seen where others make high bars. Where the truth is known, contaminated images have bars of another
 * colour, and marks of another form on a line of their own.
 *
 * @param images At least one, with finite scores, and the truth of all or of none.
 */
export function scoreHistogram({ images, cutoff }: Pick<Suspects, 'images' | 'cutoff'>): VNode {
  const axis = scoreAxis(scoresOf(images), cutoff);
  const groups = stacked(groupsOf(images), axis);
  const highest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ to }) => to)));
  const line = (index: number) => (-(index + 0.8) * highest) / 8;
  const ticks = countTicks(highest);
  return drawPlot({
    ...FRAME,
    marginLeft: groups.some(({ label }) => label) ? 84 : FRAME.marginRight + 30,
    ariaLabel: inWords(images, cutoff),
    x: {
      type: axis.logarithmic ? 'log' : 'linear',
      domain: axis.domain,
      label: axis.logarithmic ? 'score, logarithmic' : 'score',
      labelArrow: 'none',
      labelAnchor: 'center',
      ticks: 5,
      tickFormat: threeDigits,
    },
    y: { domain: [line(groups.length - 0.2), highest], axis: null },
    marks: [
      Plot.gridY(ticks),
      Plot.axisY(ticks, { label: null, tickSize: 0, tickFormat: 'd' }),
      Plot.text(['images'], { frameAnchor: 'top-left', textAnchor: 'end', dx: -6, dy: -16 }),
      ...groups.flatMap(({ label, color, form, bars, positions }, index) => [
        Plot.rect(bars, { x1: 'left', x2: 'right', y1: 'from', y2: 'to', fill: color, inset: 0.4 }),
        Plot.text([label], { frameAnchor: 'left', y: line(index), textAnchor: 'end', dx: -6 }),
        form === 'triangle'
          ? Plot.dot(positions, { x: Plot.identity, y: line(index), symbol: 'triangle', r: 3.2, fill: color })
          : Plot.ruleX(positions, { x: Plot.identity, y1: line(index - 0.3), y2: line(index + 0.3), stroke: color }),
      ]),
      Plot.ruleY([0]),
      ...(cutoff === null ? [] : cutMarks(cutoff)),
    ],
  });
}

const FRAME = { width: 420, height: 260, marginRight: 14, marginTop: 40, marginBottom: 38 };

/** A line, and above it the sides' names. */
function cutMarks(cutoff: number): Plot.Markish[] {
  const side = (text: string, textAnchor: 'start' | 'end', dx: number) =>
    Plot.text([text], { x: [cutoff], frameAnchor: 'top', textAnchor, dx, dy: -16 });
  return [
    Plot.ruleX([cutoff], { stroke: 'currentColor', strokeWidth: 1.8, insetTop: -18 }),
    side('← trusted', 'end', -6),
    side('suspected →', 'start', 6),
  ];
}

type Group = { label: string; color: string; form: 'line' | 'triangle'; scores: readonly number[] };

function groupsOf(images: readonly RatedImage[]): Group[] {
  if (images[0]!.contaminated === undefined) return [{ label: '', color: 'var(--method-0)', form: 'line', scores: scoresOf(images) }];
  const where = (contaminated: boolean) => scoresOf(images.filter((image) => image.contaminated === contaminated));
  const groups: Group[] = [
    { label: 'normal', color: 'var(--baseline)', form: 'line', scores: where(false) },
    { label: 'contaminated', color: 'var(--method-1)', form: 'triangle', scores: where(true) },
  ];
  return groups.filter(({ scores }) => scores.length > 0);
}

/** Divides the scores into bars that are drawn equally wide; the cut-off is an edge of two of them. */
type ScoreAxis = {
  logarithmic: boolean;
  domain: readonly [number, number];
  /** The number of the bar that a score is in; bar 0 begins at the cut-off if there is one. */
  barOf(score: number): number;
  /** The score at the left edge of a bar. */
  edge(bar: number): number;
};

/** Beyond this ratio of the largest score to the median: on a linear axis, the usual scores would be a single bar then. */
const LOGARITHMIC_FROM = 12;

function scoreAxis(scores: readonly number[], cutoff: number | null): ScoreAxis {
  const sorted = Float64Array.from(scores).sort();
  const positive = sorted[0]! > 0 && (cutoff === null || cutoff > 0);
  const logarithmic = positive && sorted.at(-1)! > LOGARITHMIC_FROM * sorted[sorted.length >> 1]!;
  const drawn = logarithmic ? Math.log : (score: number) => score;
  const back = logarithmic ? Math.exp : (value: number) => value;

  const ends = [sorted[0]!, sorted.at(-1)!, cutoff ?? sorted[0]!].map(drawn);
  const least = Math.min(...ends);
  const span = Math.max(...ends) - least || Math.abs(least) || 1;
  const width = span / Math.min(40, Math.max(8, Math.ceil(2 * Math.sqrt(scores.length))));
  const origin = cutoff === null ? least - width / 2 : drawn(cutoff);
  // An image on the cut-off is trusted, so a bar includes its right edge.
  const barOf = (score: number) => Math.ceil((drawn(score) - origin) / width) - 1;
  const edge = (bar: number) => back(origin + bar * width);
  const bars = scores.map(barOf);
  // On both sides of the cut-off there is room for the words 'trusted' and 'suspected'.
  const room = cutoff === null ? 0 : span / 4;
  const low = Math.min(drawn(edge(Math.min(...bars))), origin - room);
  const high = Math.max(drawn(edge(Math.max(...bars) + 1)), origin + room);
  return { logarithmic, domain: [back(low), back(high)], barOf, edge };
}

type Bar = { left: number; right: number; from: number; to: number };

/** Stacks the bars of the second group on those of the first. */
function stacked(groups: readonly Group[], axis: ScoreAxis): (Group & { bars: Bar[]; positions: number[] })[] {
  const heights = new Map<number, number>();
  return groups.map((group) => {
    const counts = new Map<number, number>();
    for (const score of group.scores) counts.set(axis.barOf(score), (counts.get(axis.barOf(score)) ?? 0) + 1);
    const bars = Array.from(counts, ([bar, count]) => {
      const from = heights.get(bar) ?? 0;
      heights.set(bar, from + count);
      return { left: axis.edge(bar), right: axis.edge(bar + 1), from, to: from + count };
    });
    return { ...group, bars, positions: apart(group.scores, axis) };
  });
}

/** One of all scores that would be drawn within half a pixel, so that a large data set doesn't make a large page. */
function apart(scores: readonly number[], { logarithmic, domain }: ScoreAxis): number[] {
  const drawn = logarithmic ? Math.log : (score: number) => score;
  const pixel = (drawn(domain[1]) - drawn(domain[0])) / FRAME.width;
  const byPlace = new Map(scores.map((score) => [Math.round((2 * drawn(score)) / pixel), score]));
  return [...byPlace.values()];
}

/** Ticks at whole numbers, because images are counted. */
function countTicks(highest: number): number[] {
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = Math.max(1, [0.2, 0.5, 1, 2].map((factor) => factor * power).find((candidate) => highest / candidate <= 5)!);
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, index) => index * step);
}

function inWords(images: readonly RatedImage[], cutoff: number | null): string {
  const range = (of: readonly RatedImage[]) => {
    const scores = scoresOf(of).sort((a, b) => a - b);
    return `${threeDigits(scores[0]!)} to ${threeDigits(scores.at(-1)!)}`;
  };
  const contaminated = images.filter((image) => image.contaminated);
  return [
    `Histogram of the scores of ${images.length} training images, from ${range(images)}`,
    ...(contaminated.length > 0 ? [`those of the ${contaminated.length} contaminated ones from ${range(contaminated)}`] : []),
    cutoff === null ? 'no cut-off' : `cut-off at ${threeDigits(cutoff)}`,
  ].join('; ');
}

function scoresOf(images: readonly RatedImage[]): number[] {
  return images.map(({ score }) => score);
}
