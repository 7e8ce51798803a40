/** The worker, from the page's side. After a failure a new one takes its place: nothing of the old one's state is trusted. */
import { proxy, type Remote, wrap } from 'comlink';
import type { Listener, WorkerApi } from './messages.ts';

let worker: Worker | undefined;
let remote: Remote<WorkerApi> | undefined;
/** Rejects when the worker can't be loaded or breaks down, which no call to it would tell. */
let breakdown: Promise<never> | undefined;

function connect(): Remote<WorkerApi> {
  if (remote) return remote;
  const created = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'rddpm' });
  breakdown = new Promise((_, reject) => {
    created.addEventListener('error', (event) => reject(new Error(event.message || 'The worker could not be loaded')));
  });
  breakdown.catch(() => {}); // whoever waits for a call hears of it
  worker = created;
  remote = wrap<WorkerApi>(created);
  return remote;
}

/** One call; whichever comes first, its end or the worker's. */
export function ask<R>(call: (api: Remote<WorkerApi>) => Promise<R>): Promise<R> {
  const api = connect();
  return Promise.race([call(api), breakdown!]);
}

export function replaceWorker(): void {
  worker?.terminate();
  worker = undefined;
  remote = undefined;
}

export const listening = (listener: Listener): Listener & ReturnType<typeof proxy<Listener>> => proxy(listener);
