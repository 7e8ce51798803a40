/** Browsers slow tabs down that nobody looks at, and freeze some. Training takes no harm; people should know what happened. */
import * as state from './state.ts';

const WORTH_TELLING = 5000; // milliseconds

export function watchSleep(): void {
  let left: { at: number; steps: number } | undefined;
  let frozenAt: number | undefined;
  const training = () => state.phase.value === 'training' || state.phase.value === 'detecting';
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') {
      left = training() ? { at: Date.now(), steps: stepsDone() } : undefined;
    } else if (left && !frozenAt && Date.now() - left.at > WORTH_TELLING) {
      const steps = stepsDone() - left.steps;
      state.say({
        tone: 'info',
        title: 'While you were away',
        text: `Training went on in the background: ${steps} steps in ${seconds(left.at)}.`,
      });
    }
  });
  document.addEventListener('freeze', () => {
    frozenAt = Date.now();
  });
  document.addEventListener('resume', () => {
    if (frozenAt && training()) {
      const text = `The browser put this tab to sleep for ${seconds(frozenAt)}. Training paused meanwhile and goes on where it was; nothing is lost.`;
      state.say({ tone: 'info', title: 'While you were away', text });
    }
    frozenAt = undefined;
  });
}

const stepsDone = () => [...state.curves.keys()].reduce((sum, method) => sum + state.stepOf(method), 0);

const seconds = (since: number) => `${Math.max(1, Math.round((Date.now() - since) / 1000))} s`;
