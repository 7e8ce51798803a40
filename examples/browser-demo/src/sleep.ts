/** Browsers freeze tabs that nobody looks at, and computers go to sleep. Training takes no harm; people should know what happened. */
import * as state from './state.ts';

const TICK = 1000; // milliseconds; tabs in the background are allowed a tick per minute, but still hear from the worker
const SLEEP = 4000;

let heardAt = Date.now();
let longestSilence = 0;

/** The worker has told something: the page is awake. */
export function heard(): void {
  const now = Date.now();
  longestSilence = Math.max(longestSilence, now - heardAt);
  heardAt = now;
}

/** Asleep is who neither ticks nor hears. */
export function watchSleep(): void {
  let tickedAt = Date.now();
  setInterval(() => {
    const now = Date.now();
    const slept = Math.min(now - tickedAt, Math.max(longestSilence, now - heardAt));
    if (slept > SLEEP && (state.phase.value === 'training' || state.phase.value === 'detecting')) {
      const text = `This page slept for ${Math.round(slept / 1000)} s, as tabs in the background and closed laptops do. Training paused meanwhile and goes on where it was: nothing is lost.`;
      state.say({ tone: 'info', title: 'Awake again', text });
    }
    tickedAt = now;
    longestSilence = 0;
  }, TICK);
}
