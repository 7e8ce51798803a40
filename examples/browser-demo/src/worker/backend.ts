/** The backend that the page asks for, and why a faster one was passed over. */
import type { Backend } from '@rddpm/core';
import type { BackendName } from '../messages.ts';

export type Opened = { readonly backend: Backend; readonly passedOver: readonly string[] };

/** @throws {BackendError} if the one that was asked for doesn't work here. */
export async function openBackend(name: BackendName): Promise<Opened> {
  const passedOver: string[] = [];
  const backend = await create(name, (reason) => passedOver.push(reason));
  return { backend, passedOver };
}

/** Entries are loaded when asked for: each brings megabytes with it. */
async function create(name: BackendName, onSkip: (reason: string) => void): Promise<Backend> {
  switch (name) {
    case 'webgpu':
      return (await import('@rddpm/backend/webgpu')).createBackend();
    case 'onnx':
      return (await import('@rddpm/backend/onnx')).createBackend();
    case 'cpu':
      return (await import('@rddpm/backend/cpu')).createBackend();
    case 'auto':
      return (await import('@rddpm/backend/auto')).createBackend({
        // TensorFlow is for Node: nobody misses it here
        onSkip: (skipped, error) => skipped !== 'tensorflow' && onSkip(error.message),
      });
  }
}
