import type { Backend, BackendError } from '@rddpm/core';
import { type Context, note } from './io.ts';
import type { BackendChoice } from './options.ts';

/** Entries are loaded when asked for: each brings megabytes with it. */
export async function openBackend(choice: BackendChoice, context: Context): Promise<Backend> {
  const backend = await createBackend(choice, context);
  note(context, `backend: ${backend.name}, ${backend.device}`);
  return backend;
}

async function createBackend(choice: BackendChoice, context: Context): Promise<Backend> {
  if (choice === 'onnx') return (await import('@rddpm/backend/onnx')).createBackend();
  if (choice === 'cpu') return (await import('@rddpm/backend/cpu')).createBackend();
  const { createBackend } = await import('@rddpm/backend/auto');
  return createBackend({ onSkip: (name, error: BackendError) => note(context, `backend ${name} is not used: ${error.message}`) });
}
