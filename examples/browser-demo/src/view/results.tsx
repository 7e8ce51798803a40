import { signal } from '@preact/signals';
import { downloadModel } from '../actions.ts';
import { type Agreement, agreementAt } from '../pictures/agreement.ts';
import * as state from '../state.ts';
import { Gallery } from './gallery.tsx';
import { HeatScale } from './heat-scale.tsx';

const chosen = signal<string | null>(null);

/** Where nobody has moved it: the best, if masks tell which, else the model's own, else one that marks half of the images. */
const thresholdOf = (method: string, { verdict, threshold, scores }: state.Result) =>
  state.thresholds.value[method] ??
  verdict?.bestThreshold ??
  threshold ??
  scores.toSorted((a, b) => a - b)[Math.floor(scores.length / 2)] ??
  0;

/** The end of it: heat maps of all test images, a threshold to play with, and how good it all is where that is known. */
export function Results() {
  const data = state.data.value;
  const methods = Object.keys(state.results.value);
  if (!data || methods.length === 0) return null;
  const method = chosen.value !== null && methods.includes(chosen.value) ? chosen.value : methods[0]!;
  const result = state.results.value[method]!;
  const threshold = thresholdOf(method, result);
  const masked = data.testInfo.map(({ masked }) => masked);
  const known = masked.includes(true) && data.masks.includes(1);
  return (
    <section aria-labelledby="results-title" id="results">
      <h2 id="results-title">What was found</h2>
      <p class="lead">
        Bright is where an image differs from what the model would have drawn. White frames what lies above the threshold
        {known && ', cyan what is really defective'}.
      </p>
      {known && <Scores />}
      <div class="controls">
        <div>
          <fieldset class="methods">
            <legend>Heat maps of</legend>
            {methods.map((name) => (
              <label key={name}>
                <input type="radio" name="method" checked={name === method} onChange={() => (chosen.value = name)} />
                <span class="swatch" style={{ background: state.colorOf(name) }} aria-hidden="true" />
                {state.titleOf(name)}
              </label>
            ))}
          </fieldset>
          <HeatScale threshold={threshold} />
        </div>
        <Threshold {...{ method, threshold, result, known }} />
      </div>
      <Gallery {...{ data, result, threshold, method }} />
      <p class="buttons">
        {state.run.value?.methods.map((name) => (
          <button type="button" key={name} disabled={state.phase.value !== 'done'} onClick={() => downloadModel(name)}>
            Save the {state.titleOf(name)} model
          </button>
        ))}
      </p>
      {state.run.value && (
        <p class="hint">
          One <code>.safetensors</code> file, with all that is needed to use it: open it here another day, or run{' '}
          <code>rddpm detect model.safetensors images --out found</code>.
        </p>
      )}
    </section>
  );
}

type ThresholdProps = { readonly method: string; readonly threshold: number; readonly result: state.Result; readonly known: boolean };

function Threshold({ method, threshold, result, known }: ThresholdProps) {
  const set = (value: number) => {
    state.thresholds.value = { ...state.thresholds.value, [method]: value };
  };
  const best = result.verdict?.bestThreshold;
  const top = Math.max(...result.scores, result.threshold ?? 0, Number.MIN_VALUE); // nothing is marked there; the scale is square, for most values are small
  return (
    <div class="field">
      <label for="threshold">
        Threshold: <span class="number">{threshold.toPrecision(3)}</span>
      </label>
      <input
        id="threshold"
        type="range"
        min={0}
        max={1}
        step={0.002}
        value={Math.sqrt(threshold / top)}
        aria-valuetext={threshold.toPrecision(3)}
        aria-describedby="threshold-hint"
        onInput={({ currentTarget }) => set(top * currentTarget.valueAsNumber ** 2)}
      />
      <p class="buttons">
        {result.threshold !== null && (
          <button type="button" onClick={() => set(result.threshold!)}>
            The model's own
          </button>
        )}
        {best !== undefined && (
          <button type="button" onClick={() => set(best)}>
            The best for these masks
          </button>
        )}
      </p>
      <p class="hint" id="threshold-hint">
        Lower marks more. {known && 'It starts where marked and defective pixels agree best, which takes masks. '}
        {result.threshold === null
          ? 'This model brings none of its own.'
          : "The model's own needs none: by the look of its training images, few good ones have something above it."}
      </p>
    </div>
  );
}

function Scores() {
  const { masks, size, testInfo } = state.data.value!;
  const masked = testInfo.map(({ masked }) => masked);
  const rows = Object.entries(state.results.value).map(([name, result]) => {
    const { maps, verdict } = result;
    const agreement: Agreement | undefined = verdict ? agreementAt(thresholdOf(name, result), { maps, masks, masked, size }) : undefined;
    return { name, verdict, agreement };
  });
  const percent = (share: number | undefined) => (share === undefined || Number.isNaN(share) ? '–' : `${Math.round(100 * share)} %`);
  return (
    <div class="scroller">
      <table>
        <caption class="hidden">How well each model's heat maps agree with the masks</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" title="The chance that a defective pixel glows brighter than a normal one">
              AUROC
            </th>
            <th scope="col" title="Average precision: harder than AUROC where defects are small">
              AP
            </th>
            <th scope="col" title="Of the pixels marked at the threshold, those that are defective">
              Precision
            </th>
            <th scope="col" title="Of the defective pixels, those that are marked at the threshold">
              Recall
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, verdict, agreement }) => (
            <tr key={name} data-method={name}>
              <th scope="row">
                <span class="swatch" style={{ background: state.colorOf(name) }} aria-hidden="true" />
                {state.titleOf(name)}
              </th>
              <td>{verdict ? verdict.auroc.toFixed(3) : '…'}</td>
              <td>{verdict ? verdict.averagePrecision.toFixed(3) : '…'}</td>
              <td>{percent(agreement?.precision)}</td>
              <td>{percent(agreement?.recall)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">
        Of pixels. AUROC: the chance that a defective pixel glows brighter than a normal one. AP, average precision, is the harder of the
        two. Both look at all thresholds, precision and recall at yours.
      </p>
    </div>
  );
}
