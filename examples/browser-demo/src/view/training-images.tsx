import * as state from '../state.ts';
import { Picture } from './canvas.tsx';

const SHOWN = 36;

/** What the models learn from. We know which are defective; they don't. */
export function TrainingImages() {
  const data = state.data.value;
  if (!data) return null;
  const { trainingInfo, training, size, channels, name, labelled, remarks, testInfo } = data;
  const defective = trainingInfo.filter(({ contaminant }) => contaminant).length;
  const length = size * size * channels;
  // defective ones stand at the end of the list: spread evenly, the strip shows them in proportion
  const rows = Array.from({ length: Math.min(SHOWN, trainingInfo.length) }, (_, i) =>
    Math.floor((i * trainingInfo.length) / Math.min(SHOWN, trainingInfo.length)),
  );
  return (
    <section aria-labelledby="training-images-title">
      <h2 id="training-images-title">{name}: what is learnt from</h2>
      <p class="lead">
        {trainingInfo.length} training images, {testInfo.length} to be judged.{' '}
        {labelled && defective > 0 && (
          <>
            <strong>{defective} of the training images are defective</strong> (framed) – but nobody tells the models. That is contamination:
            learnt from too eagerly, the defects become normal and are missed later.
          </>
        )}
        {labelled && defective === 0 && trainingInfo.length > 0 && 'All of them are good: the easy case, which real data seldom are.'}
        {!labelled && 'Nobody has sorted them: whatever is rare among them should stand out.'}
      </p>
      <div class="strip">
        {rows.map((row) => {
          const { contaminant, defect } = trainingInfo[row]!;
          return (
            <div class={contaminant ? 'defective' : ''} key={row}>
              <Picture
                pixels={training.subarray(row * length, (row + 1) * length)}
                {...{ size, channels }}
                label={contaminant ? `Training image with a defect: ${defect}` : 'Training image'}
              />
            </div>
          );
        })}
      </div>
      {remarks.map((remark) => (
        <p class="hint remark" key={remark}>
          {remark}
        </p>
      ))}
    </section>
  );
}
