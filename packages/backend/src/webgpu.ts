/** WebGPU through TensorFlow.js, with kernels of our own for what training needs: in browsers, and in Node on Dawn. */

import { type Backend, BackendError } from '@rddpm/core';
import { engine, removeBackend } from '@tensorflow/tfjs';
import { loadGpu } from '#gpu';
import { makeCurrent } from './make-current.ts';
import { describeAdapter, isSoftware } from './webgpu/adapter.ts';
import { compileOnDevice } from './webgpu/compile.ts';
import { registerKernels } from './webgpu/kernels.ts';
import { WatchedBackend } from './webgpu/watched-backend.ts';

export type WebGpuBackend = Backend & {
  /** Whether the adapter only pretends to be a GPU, on the CPU. */
  readonly software: boolean;
};

export type WebGpuOptions = {
  /** Whether an adapter that computes on the CPU, such as SwiftShader, will do: it's slow. @defaultValue true */
  readonly software?: boolean;
};

/**
 * A second call shares the first one's device, unless that is lost or failed.
 *
 * @throws {BackendError} if there is no WebGPU, no adapter, or only a software adapter and `software` is false. Compiled functions, and
 * reading their results, reject with one when the device is lost or its memory runs out.
 */
export async function createBackend({ software: softwareWillDo = true }: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const { gpu, install, withoutAdapter } = await loadGpu({ software: softwareWillDo });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new BackendError(`backend/webgpu: ${withoutAdapter}`);
  const software = isSoftware(adapter);
  if (software && !softwareWillDo) {
    throw new BackendError(`backend/webgpu: the only adapter is ${describeAdapter(adapter)}, which computes on the CPU, slowly`);
  }
  install();
  const backend = await currentBackend(adapter);
  await makeCurrent(NAME);
  registerKernels();
  return { name: NAME, device: `WebGPU, ${describeAdapter(adapter)}`, software, compile: (fn) => compileOnDevice(backend, fn) };
}

const NAME = 'webgpu';

/** The one under way, unless it's of no use any more. TensorFlow.js has one backend of a name. */
async function currentBackend(adapter: GPUAdapter): Promise<WatchedBackend> {
  const registered = NAME in engine().registry ? engine().findBackend(NAME) : undefined;
  if (registered instanceof WatchedBackend && !registered.lost && !registered.broken) return registered;
  const backend = new WatchedBackend(await requestDevice(adapter), adapter.info);
  if (NAME in engine().registryFactory) removeBackend(NAME); // TensorFlow.js' own, or the useless one
  engine().registerBackend(NAME, () => backend);
  return backend;
}

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const satisfies (keyof GPUSupportedLimits)[];

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({
      requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
      requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
    });
  } catch (cause) {
    throw new BackendError(`backend/webgpu: ${describeAdapter(adapter)} gives no device: ${cause}`, { cause });
  }
}
