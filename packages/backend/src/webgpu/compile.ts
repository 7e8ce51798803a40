import { BackendError, type TensorTree } from '@rddpm/core';
import { dispose, tidy } from '@tensorflow/tfjs';
import type { WatchedBackend } from './watched-backend.ts';

/** What a device reports of a call that it could not do, worst first. */
const FILTERS = ['out-of-memory', 'validation', 'internal'] as const satisfies GPUErrorFilter[];

/**
 * `Backend.compile` on a GPU: the function runs in a tidy, and what the device has to complain of, which it says later, rejects the
 * call. Otherwise the results of a call without memory would be zeros.
 */
export function compileOnDevice<A extends TensorTree, R extends TensorTree>(backend: WatchedBackend, fn: (args: A) => R) {
  return async (args: A): Promise<R> => {
    if (backend.lost) throw backend.lost;
    const { device } = backend;
    for (const filter of FILTERS) device.pushErrorScope(filter);
    let results: R | undefined;
    let error: unknown;
    try {
      results = tidy(() => fn(args) as never) as R;
    } catch (thrown) {
      error = thrown;
    }
    const complaints = await Promise.allSettled(FILTERS.map(() => device.popErrorScope())); // a lost device may reject
    const complaint = complaints.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : null)).find(Boolean);
    if (complaint || backend.lost) {
      backend.broken = true;
      if (results) dispose(results as never);
      throw backend.lost ?? asBackendError(complaint!);
    }
    if (!results) throw error;
    return results;
  };
}

function asBackendError(complaint: GPUError): BackendError {
  const what =
    complaint instanceof GPUOutOfMemoryError
      ? "the GPU's memory ran out; a smaller batch, size or network needs less"
      : 'the GPU refused an operation';
  return new BackendError(`backend/webgpu: ${what}: ${complaint.message}`, { cause: complaint });
}
