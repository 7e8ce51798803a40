import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { BackendError } from '@rddpm/core';
import type { LoadedRuntime, RuntimeWishes } from './loaded-runtime.ts';

/** @throws {BackendError} if `onnxruntime-node` is missing or can't be loaded. */
export async function loadRuntime({ threads = availableParallelism() }: RuntimeWishes): Promise<LoadedRuntime> {
  optOutOfTelemetry();
  try {
    const { default: runtime } = await import('onnxruntime-node');
    const providers = runtime.listSupportedBackends().map(({ name }) => name);
    return { runtime, title: `ONNX Runtime ${runtime.env.versions.node}`, threads, providers };
  } catch (cause) {
    throw new BackendError(`backend/onnx: ${isNotInstalled(cause) ? NOT_INSTALLED : `onnxruntime-node can't be loaded: ${cause}`}`, {
      cause,
    });
  }
}

/** npm leaves an optional dependency out when its install script fails, and doesn't say so. */
const NOT_INSTALLED =
  'onnxruntime-node is not installed. On Linux its install script downloads CUDA libraries, and npm leaves the package out where that fails; ' +
  "the CPU needs no script: install again with --ignore-scripts, in a project 'npm install --ignore-scripts'";

const isNotInstalled = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';

/**
 * ONNX Runtime reads this variable when it is loaded. Without it, it keeps an identifier and events under the home folder and looks for
 * a collector on the network. Set to anything by the user, it stays as it is.
 */
function optOutOfTelemetry(): void {
  if (process.env[TELEMETRY_OPT_OUT] !== undefined) return;
  process.env[TELEMETRY_OPT_OUT] = '1';
  // a worker's process.env is a copy, which native code does not read
  if (!isMainThread) {
    process.emitWarning(
      `backend/onnx: ONNX Runtime's telemetry can't be switched off from a worker thread; set ${TELEMETRY_OPT_OUT}=1 in the main thread, ` +
        'before the worker starts, or in the environment',
    );
  }
}

const TELEMETRY_OPT_OUT = 'ORT_DISABLE_TELEMETRY';
