/** Everything that takes time happens here, so that the page never waits: decoding, training, detecting, storing. */
import { ConfigError } from '@rddpm/core';
import type { ModelInfo, Preparation } from '@rddpm/core/contracts';
import { MODEL_INFO, modelInfoIn, modelInfoText, preparationOfModel } from '@rddpm/core/model-info';
import { preparationOf } from '@rddpm/data';
import { decodeModel, encodeModel } from '@rddpm/unet';
import { expose, transfer } from 'comlink';
import { settingsOf } from '../choices.ts';
import type { BackendName, ChosenFile, Listener, Prepared, StoredRun, WorkerApi, WorkerEvent } from '../messages.ts';
import { openBackend } from './backend.ts';
import { type Progress, prepare } from './prepare.ts';
import { detectAll, follow, type Guest, type Run } from './run.ts';
import { dropRun, loadRun, saveRun, storageProblem } from './store.ts';

/** Nothing: the built-in images. */
let chosen: ChosenFile[] | null = null;
let data: Prepared | undefined;
let run: Run | undefined;
/** A model out of a file, and the images as it wants them. */
let guest: Guest | undefined;
/** Ends what is under way. */
let current = new AbortController();

const api: WorkerApi = {
  take(files, anew) {
    if (anew) chosen = files && [];
    if (files) chosen?.push(...files);
  },

  async prepare(choices, listener) {
    const preparation = preparationOf('the page', { size: choices.size, channels: 3 });
    data = await prepare({ choices, files: chosen, preparation, progress: throttled(listener), signal: begin() });
    return data; // copied: training needs it here, too
  },

  async start(choices, backend, listener) {
    if (!data) throw new ConfigError('There are no images yet: choose some first');
    if (data.trainingInfo.length === 0) throw new ConfigError('There is no image to train on: add some, or open a model');
    const signal = begin();
    const settings = settingsOf(choices);
    const images = data;
    return inThisTabOnly(async () => {
      run = { settings, data: images, checkpoints: {}, models: new Map() };
      const opened = await open(backend, listener);
      await saveRun({ choices, settings, data: images, startedAt: Date.now() }).catch((error: unknown) =>
        listener({ kind: 'not saved', reason: storageProblem(error) }),
      );
      return follow(run, opened, signal, handingOver(listener));
    });
  },

  async resume(backend, listener) {
    const signal = begin();
    return inThisTabOnly(async () => {
      run ??= await storedRun();
      if (!run) throw new ConfigError('There is no run to go on with: start one');
      data = run.data;
      return follow(run, await open(backend, listener), signal, handingOver(listener));
    });
  },

  stop: () => current.abort(new DOMException('stopped', 'AbortError')),

  async stored() {
    const saved = await loadRun();
    if (!saved) return undefined;
    const { checkpoints, ...info } = saved;
    const byMethod = <T>(of: (checkpoint: (typeof checkpoints)[string]) => T) =>
      Object.fromEntries(Object.entries(checkpoints).map(([method, checkpoint]) => [method, of(checkpoint)]));
    return { ...info, steps: byMethod(({ step }) => step), curves: byMethod(({ curve }) => curve) } satisfies StoredRun;
  },

  async forget() {
    run = undefined;
    await dropRun();
  },

  async modelFile(method) {
    const model = run?.models.get(method);
    if (!model) throw new ConfigError(`There is no trained model '${method}' yet: train it to its end first`);
    const { network, weights, info } = model;
    const bytes = encodeModel({ config: network.config, weights, metadata: { [MODEL_INFO]: modelInfoText(info) } });
    const file = new Uint8Array(bytes);
    return transfer(file, [file.buffer]);
  },

  async openModel(file, choices, listener) {
    const signal = begin();
    const { network, weights, metadata } = decodeModel(new Uint8Array(await file.arrayBuffer()), { source: file.name });
    const info = modelInfoIn(metadata, file.name);
    const preparation = squarePreparation(info, file.name);
    const prepared = await prepare({ choices, files: chosen, preparation, progress: throttled(listener), signal });
    guest = { name: file.name, model: { network, weights, info }, data: prepared };
    return prepared;
  },

  async detectWithOpened(backend, listener) {
    if (!guest) throw new ConfigError('There is no model yet: open a file first');
    const signal = begin();
    const opened = await open(backend, listener);
    return detectAll(guest, { backend: opened, signal, listener: handingOver(listener) });
  },
};

/** @throws {ConfigError} for a model of rectangles, or of tiles: the page shows squares, whole. */
function squarePreparation(info: ModelInfo, name: string): Preparation {
  const preparation = preparationOfModel(info);
  const { size, tiles } = preparation;
  if (tiles) {
    throw new ConfigError(
      `${name} is a model for tiles of ${tiles.width} x ${tiles.height} pixels; this page shows images as one piece only`,
    );
  }
  if (size.width === size.height) return preparation;
  throw new ConfigError(`${name} is a model for images of ${size.width} x ${size.height} pixels; this page shows squares only`);
}

function begin(): AbortSignal {
  current.abort(new DOMException('Something else was begun', 'AbortError'));
  current = new AbortController();
  return current.signal;
}

/** What is stored is one run, which all tabs see. Pages without https have no locks. */
async function inThisTabOnly<R>(train: () => Promise<R>): Promise<R> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (!locks) return train();
  return locks.request('rddpm-browser-demo', { ifAvailable: true }, (lock) => {
    if (!lock) throw new ConfigError('Another tab of this page is training: stop it there, or close that tab, then start here');
    return train();
  });
}

async function open(name: BackendName, listener: Listener) {
  const { backend, passedOver } = await openBackend(name);
  listener({ kind: 'backend', name: backend.name, device: backend.device, passedOver });
  return backend;
}

async function storedRun(): Promise<Run | undefined> {
  const saved = await loadRun();
  return saved && { settings: saved.settings, data: saved.data, checkpoints: { ...saved.checkpoints }, models: new Map() };
}

/** Maps are handed over, not copied. */
function handingOver(listener: Listener): Listener {
  return (event: WorkerEvent) => {
    const buffers = 'maps' in event ? [event.maps.buffer, event.rebuilt.buffer] : [];
    listener(transfer(event, buffers));
  };
}

/** The first, the last, and what comes after a tenth of a second: the page can't show more. */
function throttled(listener: Listener): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return (what, done, total) => {
    const now = performance.now();
    if (now - last < 100 && done !== total) return;
    last = now;
    listener({ kind: 'preparing', what, done, total });
  };
}

expose(api);
