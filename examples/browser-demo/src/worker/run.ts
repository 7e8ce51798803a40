/** One run: the trainer's events on their way to the page, checkpoints on their way to the browser's storage. */
import type { Backend } from '@rddpm/core';
import { decodeState, encodeState } from '@rddpm/trainer';
import { detectWith, type Model, type Settings, trainAndDetect } from '../../../train.ts';
import type { Curve, Listener, Maps, Prepared } from '../messages.ts';
import { toMaps, toSet } from './images.ts';
import { judge } from './judge.ts';
import { type Checkpoint, saveCheckpoint, storageProblem } from './store.ts';

export type Run = {
  readonly settings: Settings;
  readonly data: Prepared;
  /** The newest of each method. */
  readonly checkpoints: Record<string, Checkpoint>;
  /** Of the methods that are through with training. */
  readonly models: Map<string, Model>;
};

/** @returns Whether it came to its end, rather than being stopped. */
export async function follow(run: Run, backend: Backend, signal: AbortSignal, listener: Listener): Promise<boolean> {
  const { settings, data, checkpoints, models } = run;
  const curves = Object.fromEntries(settings.methods.map(({ name }) => [name, copy(checkpoints[name]?.curve)]));
  const resume = Object.fromEntries(Object.entries(checkpoints).map(([method, { state }]) => [method, decodeState(state)]));
  const { previews, preparation } = data;
  const [training, test] = [toSet(data.training, data.trainingInfo, data), toSet(data.test, data.testInfo, data)];
  const found = new Map<string, Collected>();
  models.clear();
  for await (const event of trainAndDetect({ settings, backend, training, test, preparation, previews, resume, signal })) {
    const { kind, method } = event;
    if (kind === 'progress') {
      const { step, loss, meanSquaredError, secondsPerStep } = event;
      append(curves[method]!, { step, loss, meanSquaredError });
      listener({ kind, method, step, loss, meanSquaredError, secondsPerStep });
    } else if (kind === 'checkpoint') {
      const { step } = event.state;
      checkpoints[method] = { step, state: encodeState(event.state), curve: copy(curves[method]) };
      await saveCheckpoint(method, checkpoints[method]).then(
        () => listener({ kind: 'saved', method, step }),
        (error: unknown) => listener({ kind: 'not saved', reason: storageProblem(error) }),
      );
    } else if (kind === 'preview') {
      listener({ kind, method, step: event.step, ...toMaps(event.detection) });
    } else if (kind === 'model') {
      models.set(method, event.model);
      found.set(method, collected(data));
      listener({ kind, method, threshold: event.model.info.threshold?.value ?? null });
    } else {
      tell(method, event.first, toMaps(event.detection), { data, collected: found.get(method)!, listener });
    }
  }
  return !signal.aborted;
}

export type Guest = { readonly name: string; readonly model: Model; readonly data: Prepared };

/** What `rddpm detect` does with the same file: the maps are the same, but for pixels that are kept in 8 bits here. @returns Whether it came to its end, rather than being stopped. */
export async function detectAll(
  { name, model, data }: Guest,
  run: { readonly backend: Backend; readonly signal: AbortSignal; readonly listener: Listener },
): Promise<boolean> {
  const { backend, signal, listener } = run;
  listener({ kind: 'model', method: name, threshold: model.info.threshold?.value ?? null });
  const all = collected(data);
  const images = toSet(data.test, data.testInfo, data);
  for await (const { first, detection } of detectWith(model, { backend, images, signal })) {
    tell(name, first, toMaps(detection), { data, collected: all, listener });
  }
  return !signal.aborted;
}

type Collected = { readonly maps: Float32Array; images: number };

const collected = ({ masks }: Prepared): Collected => ({ maps: new Float32Array(masks.length), images: 0 });

/** A chunk of maps to the page; after the last, how good they all are. */
function tell(
  method: string,
  first: number,
  maps: Maps,
  { data, collected, listener }: { data: Prepared; collected: Collected; listener: Listener },
): void {
  collected.maps.set(maps.maps, first * data.size ** 2);
  collected.images += maps.scores.length;
  const total = data.testInfo.length;
  listener({ kind: 'detection', method, first, total, ...maps });
  if (collected.images === total) listener({ kind: 'verdict', method, verdict: judge(collected.maps, data) });
}

function append(curve: Curve, { step, loss, meanSquaredError }: { step: number; loss: number; meanSquaredError: number }): void {
  curve.step.push(step);
  curve.loss.push(loss);
  curve.meanSquaredError.push(meanSquaredError);
}

function copy(curve: Curve = { step: [], loss: [], meanSquaredError: [] }): Curve {
  return { step: [...curve.step], loss: [...curve.loss], meanSquaredError: [...curve.meanSquaredError] };
}
