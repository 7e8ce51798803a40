import { choose, goOn, start, stop } from '../actions.ts';
import { NETWORKS, SIZES } from '../choices.ts';
import * as state from '../state.ts';
import { NumberInput } from './fields.tsx';
import { status } from './status.ts';

/** Step 3: how large and how long, and the buttons. */
export function TrainPanel() {
  return (
    <section class="panel" aria-labelledby="train-title">
      <h2 id="train-title">3. Train</h2>
      <div class="pair">
        <SizeSelect />
        <NumberInput name="steps" />
      </div>
      <MoreSettings />
      <Buttons />
      <Progress />
      <Device />
    </section>
  );
}

function SizeSelect() {
  const { size } = state.choices.value;
  const sizes = [...new Set<number>([...SIZES, size])].sort((a, b) => a - b);
  return (
    <div class="field">
      <label for="size">Image size</label>
      <select
        id="size"
        disabled={state.busy.value}
        value={String(size)}
        onChange={({ currentTarget }) => choose({ size: Number(currentTarget.value) })}
      >
        {sizes.map((side) => (
          <option value={String(side)} key={side}>
            {side} × {side}
          </option>
        ))}
      </select>
      <p class="hint">Twice the side takes four times as long.</p>
    </div>
  );
}

function MoreSettings() {
  const { widths } = state.choices.value;
  const current = widths.join(',');
  const networks = { ...NETWORKS, ...(current in NETWORKS ? {} : { [current]: current }) };
  return (
    <details>
      <summary>More settings</summary>
      <div class="field">
        <label for="network">Network</label>
        <select
          id="network"
          disabled={state.busy.value}
          value={current}
          onChange={({ currentTarget }) => choose({ widths: currentTarget.value.split(',').map(Number) })}
        >
          {Object.entries(networks).map(([value, title]) => (
            <option value={value} key={value}>
              {title}
            </option>
          ))}
        </select>
        <p class="hint">Larger learns finer detail, and takes longer.</p>
      </div>
      {(['batch', 'rate', 'depth', 'evaluations', 'draws', 'normals', 'perDefect', 'seed'] as const).map((name) => (
        <NumberInput name={name} key={name} />
      ))}
    </details>
  );
}

/** The first button stays where it is, whatever it says: who works with the keyboard keeps their place. */
function Buttons() {
  const phase = state.phase.value;
  const running = phase === 'training' || phase === 'detecting' || phase === 'starting' || phase === 'stopping';
  const canGoOn = phase === 'stopped' && state.run.value !== null;
  const nothing = state.choices.value.losses.length === 0;
  const anew = state.run.value ? 'Start anew' : 'Start training';
  const first = running ? { title: 'Stop', act: stop } : canGoOn ? { title: 'Go on', act: goOn } : { title: anew, act: start };
  return (
    <p class="buttons">
      <button type="button" class={running ? '' : 'main'} disabled={nothing && !running} onClick={first.act}>
        {first.title}
      </button>
      {canGoOn && (
        <button type="button" disabled={nothing} onClick={start}>
          {anew}
        </button>
      )}
      {phase === 'preparing' && (
        <button type="button" onClick={stop}>
          Cancel
        </button>
      )}
      {nothing && <span class="hint">Choose at least one loss.</span>}
    </p>
  );
}

function Progress() {
  const { text, share } = status.value;
  return (
    <div class="progress">
      {share !== undefined && <progress value={share} max={1} aria-label="Progress" />}
      <p id="status">{text}</p>
    </div>
  );
}

function Device() {
  const backend = state.backend.value;
  if (!backend) return null;
  return (
    <p class="hint device">
      <strong>Runs on:</strong> {backend.device}.
      {backend.passedOver.map((reason) => (
        <span key={reason}> Not on something faster, because: {reason}.</span>
      ))}
      {backend.name === 'onnx' && !crossOriginIsolated && (
        <span> One thread only, for this page was served without the headers that allow more (COOP and COEP).</span>
      )}
    </p>
  );
}
