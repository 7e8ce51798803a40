import { type Backend, ConfigError } from '@rddpm/core';
import { type Context, note } from './io.ts';
import type { BackendFlags } from './options.ts';

/** Opens the backend that was asked for. Its package entry is loaded only then, since each brings megabytes of code. */
export async function openBackend(flags: BackendFlags, context: Context): Promise<Backend> {
  const backend = await createBackend(flags, context);
  note(context, `backend: ${backend.name}, ${backend.device}`);
  return backend;
}

async function createBackend({ backend = 'auto', threads }: BackendFlags, context: Context): Promise<Backend> {
  const options = threads === undefined ? {} : { threads };
  if (threads !== undefined && (backend === 'cpu' || backend === 'webgpu'))
    throw new ConfigError(`--threads belongs to --backend onnx and tensorflow; ${backend} has none to choose`);
  switch (backend) {
    case 'tensorflow':
      return (await import('@rddpm/backend/tensorflow')).createBackend(options);
    case 'webgpu':
      return (await import('@rddpm/backend/webgpu')).createBackend();
    case 'onnx':
      return (await import('@rddpm/backend/onnx')).createBackend(options);
    case 'cpu':
      return (await import('@rddpm/backend/cpu')).createBackend();
    case 'auto':
      return (await import('@rddpm/backend/auto')).createBackend({
        ...options,
        onSkip: (name, error) => {
          if (name === 'onnx') note(context, `backend onnx is not used: ${error.message}`); // why GPU backends are not used is shown by `rddpm doctor`, not here
        },
      });
  }
}
