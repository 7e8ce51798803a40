/** The fastest backend that works here. */
import { type Backend, BackendError } from '@rddpm/core';

/** In order of speed on a machine without a GPU. Each entry is loaded only when it's tried. */
const CANDIDATES = {
  onnx: () => import('./onnx.ts'),
  cpu: () => import('./cpu.ts'),
} as const;

export type AutoOptions = {
  /** For backends that have threads. @defaultValue all cores */
  readonly threads?: number;
  /** Told why a faster backend was passed over. @defaultValue nothing is said */
  readonly onSkip?: (name: string, error: BackendError) => void;
};

/** @throws whatever isn't a BackendError: only a backend that isn't there is passed over. */
export async function createBackend({ onSkip, ...options }: AutoOptions = {}): Promise<Backend> {
  for (const [name, load] of Object.entries(CANDIDATES)) {
    try {
      const { createBackend } = await load();
      return await createBackend(options);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      onSkip?.(name, error);
    }
  }
  throw new BackendError('backend/auto: no backend works on this machine');
}
