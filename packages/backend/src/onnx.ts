/** ONNX Runtime: each compiled function is traced into one graph. The fast way on a machine without a GPU, from npm alone. */

import { availableParallelism } from 'node:os';
import { type Backend, BackendError, type TensorTree } from '@rddpm/core';
import { type CompileStatistics, compile, type OnnxRuntime } from '@rddpm/tfjs-onnx';
import { makeCurrent } from './make-current.ts';

export type OnnxBackend = Backend & { readonly statistics: Readonly<CompileStatistics> };

export type OnnxOptions = {
  /** Threads inside one operation. @defaultValue all cores */
  readonly threads?: number;
};

/** @throws {BackendError} if `onnxruntime-node` is missing or can't be loaded. */
export async function createBackend({ threads = availableParallelism() }: OnnxOptions = {}): Promise<OnnxBackend> {
  const { runtime, version } = await loadRuntime();
  await makeCurrent('cpu'); // holds the tensors between calls; computes nothing
  const statistics: CompileStatistics = { graphs: 0, sessionRuns: 0 };
  const options = { runtime, statistics, session: { intraOpNumThreads: threads } };
  return {
    name: 'onnx',
    device: `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'} (ONNX Runtime ${version})`,
    compile: <A extends TensorTree, R extends TensorTree>(fn: (args: A) => R) => compile(fn, options),
    statistics,
  };
}

async function loadRuntime(): Promise<{ runtime: OnnxRuntime; version: string }> {
  try {
    const module = await import('onnxruntime-node');
    const runtime = (module.default ?? module) as unknown as OnnxRuntime & { env: { versions: { node?: string; common: string } } };
    return { runtime, version: runtime.env.versions.node ?? runtime.env.versions.common };
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
