import { readdirSync } from 'node:fs';
import { BackendError } from '@rddpm/core';
import type { GpuWishes, LoadedGpu } from './loaded-gpu.ts';

let loaded: LoadedGpu | undefined;

/**
 * Dawn, which is Chromium's WebGPU, from the npm package `webgpu`.
 *
 * @throws {BackendError} if `webgpu` is missing or can't be loaded, or a GPU is wished for and Linux has none: Dawn would look for one at
 * length, and complain on its own.
 */
export async function loadGpu({ software }: GpuWishes): Promise<LoadedGpu> {
  if (!software && process.platform === 'linux' && !hasGpu()) throw new BackendError('backend/webgpu: Linux has no GPU here');
  const { create, globals } = await load();
  const gpu = loaded?.gpu ?? create([]);
  const install = () => {
    Object.assign(globalThis, globals);
    if (globalThis.navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true }); // Node 20
  };
  loaded = { gpu, install, withoutAdapter: 'there is no adapter: no GPU with a driver for Vulkan, Metal or Direct3D 12' };
  return loaded;
}

/** Whether a kernel driver offers a GPU: Mesa's and NVIDIA's devices, Windows' under WSL. */
function hasGpu(): boolean {
  const devices = (folder: string) => readdirSync(folder);
  const names = devices('/dev');
  return names.some((name) => name === 'dxg' || name.startsWith('nvidia')) || (names.includes('dri') && devices('/dev/dri').length > 0);
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
