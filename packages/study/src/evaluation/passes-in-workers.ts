/** Both passes, in several threads. */
import { Worker } from 'node:worker_threads';
import { FormatError } from '@rddpm/core';
import type { Levels } from '@rddpm/metrics';
import type { Share } from './map-files.ts';
import type { Counted, Found, Group, OnImage, Passes } from './passes.ts';

/** What a worker says. It begins with the first pass by itself, and is told the groups for the second. */
export type Message =
  | { readonly kind: 'image' }
  | { readonly kind: 'first'; readonly found: Found[] }
  | { readonly kind: 'second'; readonly counted: Counted }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly stack: string };

/** What a worker is told for the second pass. */
export type Order = { readonly groups: readonly Group[]; readonly levels: Levels | undefined };

/** Each share of the images in a thread of its own. @param onImage Called in this thread. */
export function passesInWorkers(shares: readonly Share[], onImage: OnImage): Passes {
  const workers = shares.map((share) => new Worker(new URL('./worker.js', import.meta.url), { workerData: share }));
  const ends = workers.map(endOf);
  const answers = <Kind extends 'first' | 'second'>(kind: Kind) =>
    Promise.all(
      workers.map((worker, i) => Promise.race([ends[i]!, answer(worker, kind, onImage) as Promise<Extract<Message, { kind: Kind }>>])),
    );
  return {
    first: async () => (await answers('first')).map(({ found }) => found),
    async second(groups, levels) {
      const sent = groups.map(({ kind, thresholds, perImage }) => ({
        ...(kind === undefined ? {} : { kind }),
        thresholds: shared(thresholds),
        ...(perImage ? { perImage: { starts: new Float64Array(), at: new Uint32Array() } } : {}), // only that it is there counts
      }));
      for (const worker of workers) worker.postMessage({ groups: sent, levels } satisfies Order);
      return (await answers('second')).map(({ counted }) => counted);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function answer(worker: Worker, kind: Message['kind'], onImage: OnImage): Promise<Message> {
  return new Promise((resolve, reject) => {
    const listen = (message: Message) => {
      try {
        if (message.kind === 'image') return onImage();
        if (message.kind === 'error') throw revived(message);
        if (message.kind === kind) resolve(message);
      } catch (error) {
        reject(error);
      }
      worker.off('message', listen);
    };
    worker.on('message', listen);
  });
}

/** Rejects once the worker is no more, whenever that is. */
function endOf(worker: Worker): Promise<never> {
  const end = new Promise<never>((_, reject) => {
    worker.once('error', reject).once('messageerror', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} before it had answered`)));
  });
  end.catch(() => {}); // nobody may be waiting any more
  return end;
}

function revived({ name, message, stack }: Extract<Message, { kind: 'error' }>): Error {
  const error = name === 'FormatError' ? new FormatError(message) : new Error(message);
  error.stack = stack;
  return error;
}

/** The same numbers where all threads can read them: a message would copy them for each. */
function shared<T extends Uint32Array | Float64Array>(values: T): T {
  const Kind = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Kind(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
