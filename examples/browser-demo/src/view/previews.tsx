import * as state from '../state.ts';
import { HeatMap, Outline, Picture } from './canvas.tsx';
import { HeatScale } from './heat-scale.tsx';

/** A few test images while it trains: what each model makes of them, and where that differs. */
export function Previews() {
  const data = state.data.value;
  const shown = Object.entries(state.previews.value);
  if (!data || shown.length === 0 || Object.keys(state.results.value).length > 0) return null;
  const { size, channels, previews: rows, testInfo, test, masks } = data;
  const pixels = size * size;
  const rowOf = <A extends Uint8Array | Float32Array>(values: A, row: number, length: number) =>
    values.subarray(row * length, (row + 1) * length) as A;
  return (
    <section aria-labelledby="previews-title">
      <h2 id="previews-title">What the models see</h2>
      <p class="lead">
        Each image is buried in noise and rebuilt by the model, which should know only what is normal. Where image and rebuilt image differ,
        the heat map glows.
      </p>
      <HeatScale />
      <div class="previews">
        <h3>Test images</h3>
        <div class="row">
          {rows.map((row) => (
            <Picture
              key={row}
              pixels={rowOf(test, row, pixels * channels)}
              {...{ size, channels }}
              label={`Test image: ${testInfo[row]!.defect}`}
            >
              <Outline mask={rowOf(masks, row, pixels)} size={size} kind="truth" />
            </Picture>
          ))}
        </div>
        {shown.map(([method, { step, maps, rebuilt }]) => (
          <div key={method} data-method={method}>
            <h3>
              <span class="swatch" style={{ background: state.colorOf(method) }} aria-hidden="true" />
              {state.titleOf(method)} <span class="quiet">after {step} steps: rebuilt, and heat maps</span>
            </h3>
            <div class="row">
              {rows.map((row, i) => (
                <Picture
                  key={row}
                  pixels={rowOf(rebuilt, i, pixels * channels)}
                  {...{ size, channels }}
                  label={`Rebuilt: ${testInfo[row]!.defect}`}
                />
              ))}
            </div>
            <div class="row">
              {rows.map((row, i) => (
                <HeatMap
                  key={row}
                  map={rowOf(maps, i, pixels)}
                  size={size}
                  to={state.heatTo.value}
                  label={`Heat map: ${testInfo[row]!.defect}`}
                />
              ))}
            </div>
          </div>
        ))}
      </div>
    </section>
  );
}
