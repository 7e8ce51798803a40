import { BackendError } from '@rddpm/core';

/**
 * Dawn, which is Chromium's WebGPU, from the npm package `webgpu`. TensorFlow.js looks for it where browsers have it: in
 * `navigator.gpu` and among the globals.
 *
 * @throws {BackendError} if `webgpu` is missing or can't be loaded.
 */
export async function loadGpu(): Promise<GPU> {
  const scope = globalThis as { navigator?: { gpu?: GPU } };
  if (scope.navigator?.gpu) return scope.navigator.gpu;
  const { create, globals } = await load();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (scope.navigator) Object.defineProperty(scope.navigator, 'gpu', { value: gpu });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  return gpu;
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
