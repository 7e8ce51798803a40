import { BackendError } from '@rddpm/core';
import type { LoadedGpu } from './loaded-gpu.ts';

let loaded: LoadedGpu | undefined;

/**
 * Dawn, which is Chromium's WebGPU, from the npm package `webgpu`.
 *
 * @throws {BackendError} if `webgpu` is missing or can't be loaded.
 */
export async function loadGpu(): Promise<LoadedGpu> {
  const { create, globals } = await load();
  const gpu = loaded?.gpu ?? create([]);
  const install = () => {
    Object.assign(globalThis, globals);
    if (globalThis.navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true }); // Node 20
  };
  loaded = { gpu, install };
  return loaded;
}

async function load() {
  try {
    return await import('webgpu');
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const reason = absent ? "webgpu is not installed; 'npm install webgpu@0.6.2' does it" : `webgpu can't be loaded: ${cause}`;
    throw new BackendError(`backend/webgpu: ${reason}`, { cause });
  }
}
