import { gradient, infernoScale } from '@rddpm/report/pictures';
import * as state from '../state.ts';

const LEAST = 0.002;
const MOST = 0.5;

/** The colours' meaning, which stays the same unless the user changes it. */
export function HeatScale({ threshold }: { readonly threshold?: number }) {
  const to = state.heatTo.value;
  return (
    <div class="scale">
      <div class="scale-bar" style={{ backgroundImage: gradient(infernoScale(0, 1)) }}>
        {threshold !== undefined && <span class="mark" style={{ left: `${100 * Math.min(1, threshold / to)}%` }} />}
      </div>
      <div class="scale-ticks" aria-hidden="true">
        <span>0: as rebuilt</span>
        <span>{to.toPrecision(2)} and more</span>
      </div>
      <label class="scale-to">
        Brightest colour at
        <input
          type="range"
          min={Math.log10(LEAST)}
          max={Math.log10(MOST)}
          step={0.02}
          value={Math.log10(to)}
          aria-label="Error at which the heat maps' colours end"
          aria-valuetext={to.toPrecision(2)}
          onInput={({ currentTarget }) => {
            state.heatTo.value = 10 ** currentTarget.valueAsNumber;
          }}
        />
        <output>{to.toPrecision(2)}</output>
      </label>
      <p class="hint">Squared difference of image and rebuilt image, smoothed. One scale for all images, models and steps.</p>
    </div>
  );
}
