import { BackendError } from '@rddpm/core';
import type { LoadedRuntime, RuntimeWishes } from './loaded-runtime.ts';

/** @throws {BackendError} if `onnxruntime-web` is missing, or for threads in a page that can't have them. */
export async function loadRuntime({ threads, providers }: RuntimeWishes): Promise<LoadedRuntime> {
  const available = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  if (threads !== undefined && threads > 1 && !crossOriginIsolated) {
    throw new BackendError(
      `backend/onnx: threads is ${threads}, but a page has 1 unless it is cross-origin isolated; serve it with the headers ` +
        "'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp'",
    );
  }
  const runtime = await load(providers.includes('webgpu'));
  runtime.env.wasm.numThreads = threads ?? available;
  return {
    runtime,
    title: `ONNX Runtime Web ${runtime.env.versions.web}`,
    threads: runtime.env.wasm.numThreads,
    providers: ['cpu', 'wasm', 'webgpu'],
  };
}

/** The build without WebGPU is half as large. */
async function load(withWebGpu: boolean) {
  try {
    return await (withWebGpu ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'));
  } catch (cause) {
    throw new BackendError(
      `backend/onnx: onnxruntime-web can't be loaded; install it with 'npm install onnxruntime-web@1.30.0': ${cause}`,
      {
        cause,
      },
    );
  }
}
