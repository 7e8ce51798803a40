import { type Backend, type BackendError, ConfigError } from '@rddpm/core';
import { type Context, note } from './io.ts';
import type { BackendFlags } from './options.ts';

/** Entries are loaded when asked for: each brings megabytes with it. */
export async function openBackend(flags: BackendFlags, context: Context): Promise<Backend> {
  const backend = await createBackend(flags, context);
  note(context, `backend: ${backend.name}, ${backend.device}`);
  return backend;
}

async function createBackend({ backend = 'auto', threads }: BackendFlags, context: Context): Promise<Backend> {
  const options = threads === undefined ? {} : { threads };
  if (backend === 'onnx') return (await import('@rddpm/backend/onnx')).createBackend(options);
  if (backend === 'cpu') {
    if (threads !== undefined) throw new ConfigError('--threads belongs to --backend onnx; cpu has one thread');
    return (await import('@rddpm/backend/cpu')).createBackend();
  }
  const { createBackend } = await import('@rddpm/backend/auto');
  return createBackend({
    ...options,
    onSkip: (name, error: BackendError) => note(context, `backend ${name} is not used: ${error.message}`),
  });
}
