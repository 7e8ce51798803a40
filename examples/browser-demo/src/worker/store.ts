/** The current run in the browser's own database, so that closing or reloading the page loses nothing. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Curve, Prepared, RunInfo } from '../messages.ts';

const VERSION = 3; // of what is stored; another version's run is dropped

interface Schema extends DBSchema {
  run: { key: 'current'; value: RunInfo & { readonly data: Prepared } };
  /** By method. */
  checkpoints: { key: string; value: Checkpoint };
}

export type Checkpoint = {
  readonly step: number;
  /** As `encodeState` has it. */
  readonly state: Uint8Array;
  /** Up to `step`. */
  readonly curve: Curve;
};

export type Saved = RunInfo & { readonly data: Prepared; readonly checkpoints: Readonly<Record<string, Checkpoint>> };

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('rddpm-browser-demo', VERSION, {
    upgrade(database) {
      for (const name of [...database.objectStoreNames]) database.deleteObjectStore(name);
      database.createObjectStore('run');
      database.createObjectStore('checkpoints');
    },
  });
  return opened;
}

/** Replaces whatever run was there. */
export async function saveRun(run: Schema['run']['value']): Promise<void> {
  const transaction = (await database()).transaction(['run', 'checkpoints'], 'readwrite');
  await Promise.all([transaction.objectStore('checkpoints').clear(), transaction.objectStore('run').put(run, 'current'), transaction.done]);
}

export async function saveCheckpoint(method: string, checkpoint: Checkpoint): Promise<void> {
  await (await database()).put('checkpoints', checkpoint, method);
}

export async function loadRun(): Promise<Saved | undefined> {
  const transaction = (await database()).transaction(['run', 'checkpoints']);
  const checkpoints = transaction.objectStore('checkpoints');
  const [run, methods, values] = await Promise.all([
    transaction.objectStore('run').get('current'),
    checkpoints.getAllKeys(),
    checkpoints.getAll(),
    transaction.done,
  ]);
  return run && { ...run, checkpoints: Object.fromEntries(methods.map((method, i) => [method, values[i]!])) };
}

export async function dropRun(): Promise<void> {
  const transaction = (await database()).transaction(['run', 'checkpoints'], 'readwrite');
  await Promise.all([transaction.objectStore('run').clear(), transaction.objectStore('checkpoints').clear(), transaction.done]);
}

/** For people: what a failed write means, and what can be done. */
export function storageProblem(error: unknown): string {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return 'The browser gives this page no more storage. Training goes on, but a reload would lose it: free some disk space, use fewer or smaller images, or leave private browsing.';
  }
  return `The browser's storage can't be used (${error instanceof Error ? error.message : String(error)}). Training goes on, but a reload would lose it.`;
}
