import { openModel } from '../actions.ts';
import * as state from '../state.ts';

/** A model that was trained here before, or by the command line. */
export function ModelPanel() {
  return (
    <section class="panel" aria-labelledby="model-title">
      <h2 id="model-title">Or use a trained model</h2>
      <p class="buttons">
        <label class="button">
          Open a .safetensors file
          <input
            type="file"
            id="model"
            accept=".safetensors"
            disabled={state.busy.value}
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) void openModel(file);
              currentTarget.value = ''; // the same file can be chosen again
            }}
          />
        </label>
      </p>
      <p class="hint">
        Saved on this page, or <code>model/unet/diffusion_pytorch_model.safetensors</code> in a folder that <code>rddpm train</code> made.
        It judges the test images above.
      </p>
    </section>
  );
}
