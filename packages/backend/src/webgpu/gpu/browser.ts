import { BackendError } from '@rddpm/core';
import type { LoadedGpu } from './loaded-gpu.ts';

/** @throws {BackendError} if this browser, or this page, has no WebGPU. */
export async function loadGpu(): Promise<LoadedGpu> {
  const { gpu } = navigator as { readonly gpu?: GPU };
  if (gpu) return { gpu, install: () => {}, withoutAdapter: 'the browser has no adapter, a GPU that it may use; chrome://gpu says why' };
  throw new BackendError(
    isSecureContext
      ? 'backend/webgpu: this browser has no WebGPU; Chrome and Edge 113, Safari 26 and Firefox 141 on Windows have it'
      : 'backend/webgpu: this page may not use WebGPU; it must come over https, or from localhost',
  );
}
