import { choose } from '../actions.ts';
import { type Choices, NUMBERS, type NumberName } from '../choices.ts';
import * as state from '../state.ts';

/** A number with its label and one line about it. What can't be is said beside it and not taken over. */
export function NumberInput({ name, disabled = state.busy.value }: { readonly name: NumberName; readonly disabled?: boolean }) {
  const { label, min, max, step, hint } = NUMBERS[name];
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        type="number"
        inputMode="decimal"
        {...{ min, max, step: step < 1 ? 'any' : step, disabled }}
        value={state.choices.value[name]}
        aria-describedby={`${name}-hint`}
        onChange={({ currentTarget }) => {
          if (currentTarget.checkValidity() && currentTarget.value !== '')
            choose({ [name]: currentTarget.valueAsNumber } as Partial<Choices>);
          else currentTarget.reportValidity();
        }}
      />
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    </div>
  );
}
