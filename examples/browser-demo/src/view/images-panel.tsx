import { fromEvent } from 'file-selector';
import { useState } from 'preact/hooks';
import { choose, chooseFiles } from '../actions.ts';
import { NUMBERS } from '../choices.ts';
import type { ChosenFile } from '../messages.ts';
import * as state from '../state.ts';

/** Step 1: where the images come from, and how many defective ones hide among those for training. */
export function ImagesPanel() {
  const disabled = state.busy.value && state.phase.value !== 'preparing';
  const own = state.files.value !== null;
  return (
    <section class="panel" aria-labelledby="images-title">
      <h2 id="images-title">1. Images</h2>
      <div class="field">
        <button type="button" class={own ? '' : 'chosen'} aria-pressed={!own} disabled={disabled} onClick={() => chooseFiles(null)}>
          Built-in carpets
        </button>
        <p class="hint">Drawn in your browser, with holes, stains, cuts and loose threads whose place is known.</p>
      </div>
      <OwnFiles disabled={disabled} chosen={own} />
      <Contamination disabled={disabled} />
    </section>
  );
}

type InputEventOf = { readonly currentTarget: HTMLInputElement };

function OwnFiles({ disabled, chosen }: { readonly disabled: boolean; readonly chosen: boolean }) {
  const [over, setOver] = useState(false);
  const take = (files: readonly File[]) => {
    if (files.length > 0) chooseFiles(files.map(withPath));
  };
  const handlers = {
    onChange: (event: InputEventOf) => take([...(event.currentTarget.files ?? [])]),
    disabled,
    multiple: true,
    type: 'file',
  } as const;
  return (
    <fieldset
      aria-label="Your own images"
      class={`drop ${over ? 'over' : ''} ${chosen ? 'chosen' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (!disabled) void fromEvent(event).then((found) => take(found.filter((entry) => entry instanceof File)));
      }}
    >
      <p>
        <strong>Your own images.</strong> They stay in this browser. Drop them here, or choose
      </p>
      <p class="buttons">
        <label class="button">
          a folder
          <input {...handlers} id="folder" {...{ webkitdirectory: true }} />
        </label>
        <label class="button">
          single images
          <input {...handlers} id="pictures" accept="image/*" />
        </label>
      </p>
      <p class="hint">
        A folder is used as it says: <code>train/good</code>, <code>test/…</code> and <code>ground_truth/…</code> (MVTec AD), KolektorSDD,{' '}
        <code>good</code> and <code>bad</code>, or a list in <code>dataset.csv</code>. Any other images are taken as they come: all are
        trained on, and all are scored.
      </p>
    </fieldset>
  );
}

/** Folder inputs give one kind of path, drops another: './bottle/train/good/000.png', '/bottle/…'. */
function withPath(file: File & { readonly path?: string; readonly relativePath?: string }): ChosenFile {
  const path = file.webkitRelativePath || file.relativePath || file.path || file.name;
  return { path: path.replace(/^\.?\//, ''), file };
}

function Contamination({ disabled }: { readonly disabled: boolean }) {
  const { label, min, max, step, hint } = NUMBERS.contamination;
  const { contamination } = state.choices.value;
  const unlabelled = state.data.value?.labelled === false;
  return (
    <div class="field">
      <label for="contamination">
        {label}: <span class="number">{Math.round(100 * contamination)} %</span>
      </label>
      <input
        id="contamination"
        type="range"
        {...{ min, max, step }}
        value={contamination}
        disabled={disabled || unlabelled}
        aria-describedby="contamination-hint"
        onInput={({ currentTarget }) => choose({ contamination: currentTarget.valueAsNumber })}
      />
      <p class="hint" id="contamination-hint">
        {unlabelled ? 'Nobody knows which of your images are defective: their contamination is what it is.' : hint}
      </p>
    </div>
  );
}
