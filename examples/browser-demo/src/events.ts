/** What the worker tells, into what the page knows. */
import { batch } from '@preact/signals';
import type { WorkerEvent } from './messages.ts';
import { heard } from './sleep.ts';
import * as state from './state.ts';

export function listen(event: WorkerEvent): void {
  heard();
  batch(() => take(event));
}

function take(event: WorkerEvent): void {
  switch (event.kind) {
    case 'preparing':
      state.preparing.value = event;
      return;
    case 'backend':
      state.backend.value = event;
      return;
    case 'progress':
      addStep(event);
      return;
    case 'saved':
      state.saved.value = { ...state.saved.value, [event.method]: event.step };
      return;
    case 'not saved':
      state.say({ tone: 'warning', title: 'Nothing can be saved', text: event.reason });
      return;
    case 'preview':
      state.previews.value = { ...state.previews.value, [event.method]: event };
      return;
    case 'model':
      if (state.phase.value !== 'stopping') state.phase.value = 'detecting';
      state.results.value = { ...state.results.value, [event.method]: emptyResult(event.threshold) };
      return;
    case 'detection':
      addMaps(event);
      return;
    case 'verdict':
      state.results.value = {
        ...state.results.value,
        [event.method]: { ...state.results.value[event.method]!, verdict: event.verdict },
      };
      return;
  }
}

function addStep({ method, step, loss, meanSquaredError, secondsPerStep }: Extract<WorkerEvent, { kind: 'progress' }>): void {
  if (state.phase.value === 'starting') state.phase.value = 'training';
  const curve = state.curves.get(method) ?? { step: [], loss: [], meanSquaredError: [] };
  curve.step.push(step);
  curve.loss.push(loss);
  curve.meanSquaredError.push(meanSquaredError);
  state.curves.set(method, curve);
  state.curvesVersion.value++;
  state.secondsPerStep.value = { ...state.secondsPerStep.value, [method]: secondsPerStep };
}

function emptyResult(threshold: number | null): state.Result {
  const { testInfo, size, channels } = state.data.value!;
  const pixels = testInfo.length * size * size;
  return {
    threshold,
    images: 0,
    maps: new Float32Array(pixels),
    rebuilt: new Uint8Array(pixels * channels),
    scores: [],
    verdict: undefined,
  };
}

function addMaps({ method, first, maps, rebuilt, scores }: Extract<WorkerEvent, { kind: 'detection' }>): void {
  const { size, channels } = state.data.value!;
  const result = state.results.value[method]!;
  result.maps.set(maps, first * size * size);
  result.rebuilt.set(rebuilt, first * size * size * channels);
  state.results.value = {
    ...state.results.value,
    [method]: { ...result, scores: [...result.scores, ...scores], images: result.images + scores.length },
  };
}
