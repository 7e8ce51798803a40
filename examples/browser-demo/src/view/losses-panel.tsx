import { choose } from '../actions.ts';
import { LOSSES, type LossName } from '../choices.ts';
import * as state from '../state.ts';
import { NumberInput } from './fields.tsx';

/** Step 2: what the models are punished for. */
export function LossesPanel() {
  const { losses } = state.choices.value;
  const disabled = state.busy.value;
  const toggle = (name: LossName, on: boolean) =>
    choose({ losses: (Object.keys(LOSSES) as LossName[]).filter((other) => (other === name ? on : losses.includes(other))) });
  return (
    <section class="panel" aria-labelledby="losses-title">
      <h2 id="losses-title">2. Losses</h2>
      <p class="hint">One model for each, all from the same start and on the same batches: what differs is due to the loss.</p>
      <fieldset disabled={disabled}>
        <legend class="hidden">Losses to compare</legend>
        {Object.entries(LOSSES).map(([name, { title, hint }]) => (
          <div class="choice" key={name}>
            <label>
              <input
                type="checkbox"
                checked={losses.includes(name as LossName)}
                aria-describedby={`${name}-hint`}
                onChange={({ currentTarget }) => toggle(name as LossName, currentTarget.checked)}
              />
              <span class="swatch" style={{ background: state.colorOf(name) }} aria-hidden="true" />
              {title}
            </label>
            <p class="hint" id={`${name}-hint`}>
              {hint}
            </p>
            {name === 'rddpm-huber' && losses.includes(name) && <NumberInput name="delta" />}
            {name === 'rddpm-lts' && losses.includes(name) && <NumberInput name="keep" />}
          </div>
        ))}
      </fieldset>
    </section>
  );
}
