/** The fastest backend that works here. */
import { type Backend, BackendError } from '@rddpm/core';

/** In order of speed. Each entry is loaded only when it's tried; what would compute on the CPU leaves that to onnx. */
const CANDIDATES = {
  tensorflow: async (options) => (await import('./tensorflow.ts')).createBackend({ ...options, cpu: false }),
  webgpu: async () => (await import('./webgpu.ts')).createBackend({ software: false }),
  onnx: async (options) => (await import('./onnx.ts')).createBackend(options),
  cpu: async () => (await import('./cpu.ts')).createBackend(),
} as const satisfies Record<Backend['name'], (options: { threads?: number }) => Promise<Backend>>;

export type AutoOptions = {
  /** For backends that have threads. @defaultValue all cores */
  readonly threads?: number;
  /** Told why a faster backend was passed over. @defaultValue nothing is said */
  readonly onSkip?: (name: Backend['name'], error: BackendError) => void;
};

/**
 * TensorFlow with a GPU, a GPU through WebGPU, ONNX Runtime, or at last plain JavaScript: the first that works.
 *
 * @throws whatever isn't a BackendError: only a backend that isn't there is passed over.
 */
export async function createBackend({ onSkip, ...options }: AutoOptions = {}): Promise<Backend> {
  for (const [name, create] of Object.entries(CANDIDATES)) {
    try {
      return await create(options);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      onSkip?.(name as Backend['name'], error);
    }
  }
  throw new BackendError('backend/auto: no backend works on this machine');
}
