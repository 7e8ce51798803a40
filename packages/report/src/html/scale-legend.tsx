import type { ComponentChildren } from 'preact';
import { type ColorScale, gradient } from './color-scale.ts';
import { threeDigits } from './three-digits.ts';

type ScaleLegendProps = {
  readonly scale: ColorScale;
  readonly title: ComponentChildren;
  /** Thresholds, marked on the bar and named below it by their `label`. */
  readonly marks: readonly { readonly threshold: number; readonly label: ComponentChildren }[];
};

/** A colour scale as a bar with numbers below. */
export function ScaleLegend({ scale, title, marks }: ScaleLegendProps) {
  const left = (value: number) => ({
    left: `${(100 * Math.min(1, Math.max(0, (value - scale.from) / (scale.to - scale.from)))).toFixed(2)}%`,
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => scale.from + share * (scale.to - scale.from));
  return (
    <div class="scale">
      <div class="scale-title">{title}</div>
      <div
        class="scale-bar"
        role="img"
        aria-label={`Colours from dark at ${threeDigits(scale.from)} to bright at ${threeDigits(scale.to)} and above`}
        style={{ background: gradient(scale) }}
      >
        {marks.map(({ threshold }) => (
          <span class="mark" style={left(threshold)} />
        ))}
      </div>
      <div class="scale-ticks" aria-hidden="true">
        {ticks.map((tick, index) => (
          <span style={left(tick)}>
            {index === ticks.length - 1 && '≥ '}
            {threeDigits(tick)}
          </span>
        ))}
      </div>
      {marks.length > 0 && (
        <ul class="legend">
          <li class="quiet">{marks.length > 1 ? 'Thresholds (marks on the bar)' : 'Threshold (mark on the bar)'}:</li>
          {marks.map(({ threshold, label }) => (
            <li>
              {label} {threeDigits(threshold)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
