/** What the user's decisions set in motion. */
import { batch } from '@preact/signals';
import { type Choices, type DataChoices, settingsOf } from './choices.ts';
import { listen } from './events.ts';
import type { ChosenFile, Prepared } from './messages.ts';
import * as state from './state.ts';
import { ask, listening, replaceWorker } from './worker-client.ts';

const PREPARE_AFTER = 250; // milliseconds: sliders move through many values

let waiting: ReturnType<typeof setTimeout> | undefined;
let newest = 0;
let preparation = Promise.resolve();
/** What the worker has; nothing is the built-in set. */
let handedOver: readonly ChosenFile[] | null = null;
/** Whether the run on the page was another worker's. */
let replaced = false;

export function choose(change: Partial<Choices>): void {
  state.choices.value = { ...state.choices.value, ...change };
  const names = Object.keys(change);
  const dataNames: readonly (keyof DataChoices)[] = ['size', 'contamination', 'normals', 'perDefect', 'seed'];
  if (!names.some((name) => (dataNames as readonly string[]).includes(name))) return;
  clearTimeout(waiting);
  waiting = setTimeout(prepareImages, PREPARE_AFTER);
}

const AT_ONCE = 200; // files: handing over ten thousand in one message would hold the page up

/** Hands the files to the worker, unless it has them. */
async function handOver(turn: number): Promise<void> {
  const { value: files } = state.files;
  if (handedOver === files) return;
  for (let first = 0; first < (files?.length ?? 0) || first === 0; first += AT_ONCE) {
    await ask((api) => api.take(files?.slice(first, first + AT_ONCE) ?? null, first === 0));
    if (turn !== newest) return;
  }
  handedOver = files;
}

export function chooseFiles(files: readonly ChosenFile[] | null): void {
  state.files.value = files;
  void prepareImages();
}

function prepareImages(): Promise<void> {
  preparation = prepareNow();
  return preparation;
}

async function prepareNow(): Promise<void> {
  const turn = ++newest;
  clearTimeout(waiting);
  waiting = undefined;
  batch(() => {
    clearRun();
    state.phase.value = 'preparing';
    state.data.value = null;
  });
  await guarded('The images', async () => {
    await handOver(turn);
    if (turn !== newest) return;
    const prepared = await ask((api) => api.prepare(state.choices.value, listening(listen)));
    if (turn === newest) show(prepared);
  });
  if (turn === newest && state.phase.value === 'preparing') state.phase.value = 'idle';
}

export async function start(): Promise<void> {
  if (waiting !== undefined || (!state.data.value && !state.busy.value)) void prepareImages(); // a slider has just been moved, or reading was cancelled
  await preparation;
  if (!state.data.value || state.busy.value) return;
  const { value: choices } = state.choices;
  batch(() => {
    clearRun();
    state.stored.value = null;
    state.run.value = runOf(choices);
    state.phase.value = 'starting';
  });
  await untilItEnds(() => ask((api) => api.start(choices, state.backendWish, listening(listen))));
}

/** Goes on with the run on the page, or with the one that an earlier visit left. */
export async function goOn(): Promise<void> {
  // the worker still has what it stopped at, unless it was replaced
  const earlier = state.run.value && !replaced ? undefined : await guarded('Storage', () => ask((api) => api.stored()));
  if (earlier) {
    batch(() => {
      newest++; // a preparation under way is no longer wanted
      clearTimeout(waiting);
      waiting = undefined;
      clearRun();
      state.choices.value = earlier.choices;
      state.run.value = runOf(earlier.choices);
      for (const [method, curve] of Object.entries(earlier.curves)) state.curves.set(method, curve);
      state.saved.value = earlier.steps;
      state.curvesVersion.value++;
      state.stored.value = null;
      show(earlier.data);
    });
  }
  state.phase.value = 'starting';
  replaced = false;
  await untilItEnds(() => ask((api) => api.resume(state.backendWish, listening(listen))));
}

export async function stop(): Promise<void> {
  if (state.phase.value === 'preparing') newest++;
  state.phase.value = state.phase.value === 'preparing' ? 'idle' : 'stopping';
  await ask((api) => api.stop());
}

export async function forget(): Promise<void> {
  state.stored.value = null;
  await guarded('Storage', () => ask((api) => api.forget()));
}

/** On arrival: what an earlier visit left, and the built-in images. */
export async function arrive(): Promise<void> {
  const earlier = await guarded('Storage', () => ask((api) => api.stored()));
  if (earlier) state.stored.value = earlier;
  await prepareImages();
}

export async function openModel(file: File): Promise<void> {
  const before = state.phase.value;
  state.phase.value = 'starting';
  const prepared = await guarded('The model file', async () => {
    await handOver(newest);
    return ask((api) => api.openModel(file, state.choices.value, listening(listen)));
  });
  if (!prepared) {
    state.phase.value = before === 'idle' || before === 'done' || before === 'stopped' ? before : 'idle';
    return;
  }
  batch(() => {
    clearRun();
    show(prepared);
  });
  await untilItEnds(() => ask((api) => api.detectWithOpened(state.backendWish, listening(listen))));
}

export async function downloadModel(method: string): Promise<void> {
  const bytes = await guarded('Saving the model', () => ask((api) => api.modelFile(method)));
  if (!bytes) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = `${method}.safetensors`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function show(prepared: Prepared): void {
  state.data.value = prepared;
  state.preparing.value = null;
}

const runOf = (choices: Choices) => ({ choices, steps: choices.steps, methods: settingsOf(choices).methods.map(({ name }) => name) });

function clearRun(): void {
  state.curves.clear();
  state.curvesVersion.value++;
  state.previews.value = {};
  state.results.value = {};
  state.thresholds.value = {};
  state.saved.value = {};
  state.secondsPerStep.value = {};
  state.run.value = null;
  state.notices.value = state.notices.value.filter(({ stays }) => stays);
}

async function untilItEnds(work: () => Promise<boolean>): Promise<void> {
  const title = 'The run';
  const finished = await guarded(title, work);
  state.phase.value = finished ? 'done' : 'stopped';
}

/** Says what went wrong and leaves the page as it is, with a new worker. */
async function guarded<R>(title: string, work: () => Promise<R>): Promise<R | undefined> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'AbortError') return undefined; // the user's wish
    const readable = name === 'FormatError' || name === 'ConfigError' || name === 'ShapeError';
    if (!readable) {
      replaceWorker();
      replaced = true;
      handedOver = null;
    }
    state.say({ tone: 'error', title, text: explained(name, message) });
    return undefined;
  }
}

function explained(name: string, message: string): string {
  const text = /[.!?]$/.test(message) ? message : `${message}.`;
  if (name === 'BackendError' || name === 'StepError')
    return `${text} What was saved is kept: go on, or reload the page first if it happens again.`;
  if (name === 'DivergenceError') return `${text} Start again with a lower learning rate, under More settings.`;
  return text;
}
