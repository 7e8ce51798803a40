import { type ColorScale, gradient, infernoScale, pooledQuantile } from './color-scale.ts';
import { html, type Markup } from './markup.ts';
import { threeDigits } from './three-digits.ts';

/** From 0 (or the lowest value below) to the 99.5 % quantile of the maps, or so far that each threshold lies well within. */
export function mapScale(maps: readonly ArrayLike<number>[], thresholds: readonly number[]): ColorScale {
  const low = Math.min(0, pooledQuantile(maps, 0));
  const bounds = thresholds.map((threshold) => low + 1.25 * (threshold - low));
  const high = Number(Math.max(pooledQuantile(maps, 0.995), ...bounds).toPrecision(2));
  return infernoScale(low, high > low ? high : low + 1);
}

/**
 * The scale as a bar with numbers below.
 *
 * @param marks Thresholds, marked on the bar and named below it by their `label`.
 */
export function scaleLegend(scale: ColorScale, title: string | Markup, marks: readonly { threshold: number; label: Markup }[]): Markup {
  const percent = (value: number) => `${(100 * Math.min(1, Math.max(0, (value - scale.from) / (scale.to - scale.from)))).toFixed(2)}%`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => scale.from + share * (scale.to - scale.from));
  return html`<div class="scale">
<div class="scale-title">${title}</div>
<div class="scale-bar" role="img" aria-label="Colours from dark at ${threeDigits(scale.from)} to bright at ${threeDigits(scale.to)} and above" style="background: ${gradient(scale)}">
${marks.map(({ threshold }) => html`<span class="mark" style="left: ${percent(threshold)}"></span>`)}
</div>
<div class="scale-ticks" aria-hidden="true">${ticks.map(
    (tick, index) =>
      html`<span style="left: ${percent(tick)}">${index === ticks.length - 1 ? `≥ ${threeDigits(tick)}` : threeDigits(tick)}</span>`,
  )}</div>
${
  marks.length > 0 &&
  html`<ul class="legend"><li class="quiet">${marks.length > 1 ? 'Thresholds (marks on the bar)' : 'Threshold (mark on the bar)'}:</li>${marks.map(({ threshold, label }) => html`<li>${label} ${threeDigits(threshold)}</li>`)}</ul>`
}
</div>`;
}
