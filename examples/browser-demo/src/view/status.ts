import { computed } from '@preact/signals';
import * as state from '../state.ts';

/** What is going on, in one sentence, and how far it is. */
export const status = computed((): { text: string; share?: number } => {
  const { curvesVersion, phase, preparing, run, data, results, secondsPerStep } = state;
  curvesVersion.value; // curves grow in place
  switch (phase.value) {
    case 'preparing': {
      const at = preparing.value;
      return at
        ? { text: `${at.what}: ${at.done} of ${at.total}.`, share: at.done / Math.max(1, at.total) }
        : { text: 'Preparing the images.' };
    }
    case 'starting':
      return { text: 'Getting ready: the first step takes a little longer.' };
    case 'stopping':
      return { text: 'Stopping after this step.' };
    case 'training':
    case 'stopped': {
      if (!run.value) return { text: 'Stopped.' };
      const { methods, steps } = run.value;
      const done = methods.map(state.stepOf);
      const least = Math.min(...done);
      const share = done.reduce((sum, step) => sum + step, 0) / (steps * methods.length);
      if (phase.value === 'stopped') return { text: `Stopped at step ${least} of ${steps}. Nothing is lost.`, share };
      const left = methods.reduce((sum, method, i) => sum + (steps - done[i]!) * (secondsPerStep.value[method] ?? 0), 0);
      return { text: `Step ${least} of ${steps}, ${duration(left)} of training left. You may use other tabs meanwhile.`, share };
    }
    case 'detecting': {
      const found = Object.values(results.value).reduce((sum, { images }) => sum + images, 0);
      const total = (data.value?.testInfo.length ?? 0) * Math.max(1, run.value?.methods.length ?? 1);
      return { text: `Looking for defects: ${found} of ${total} images.`, share: found / Math.max(1, total) };
    }
    case 'done':
      return { text: 'Done: the defects that were found are below.' };
    default:
      return { text: data.value ? 'Ready.' : 'Choose images to begin.' };
  }
});

/** Of the sentence above, what is worth being read out: changes of phase, and each quarter of the training. */
export const announcement = computed(() => {
  const { text, share } = status.value;
  if (state.phase.value !== 'training')
    return state.phase.value === 'preparing' || state.phase.value === 'detecting' ? text.split(':')[0]! : text;
  return `Training: ${25 * Math.floor(4 * (share ?? 0))} percent done.`;
});

function duration(seconds: number): string {
  if (seconds < 60) return `about ${Math.max(1, Math.round(seconds))} s`;
  return `about ${Math.round(seconds / 60)} min`;
}
