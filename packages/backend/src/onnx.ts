/**
 * ONNX Runtime: each compiled function is traced into one graph. The fast way on a machine without a GPU, from npm alone; in browsers
 * on WebAssembly.
 */

import { assertPositiveInteger, type Backend, BackendError, ConfigError, type TensorTree } from '@rddpm/core';
import { type CompileOptions, type CompileStatistics, compile } from '@rddpm/tfjs-onnx';
import { add, dispose, scalar } from '@tensorflow/tfjs';
import { loadRuntime } from '#onnx-runtime';
import { makeCurrent } from './make-current.ts';

export type OnnxBackend = Backend & { readonly statistics: Readonly<CompileStatistics> };

type ExecutionProviders = NonNullable<NonNullable<CompileOptions['session']>['executionProviders']>;

export type OnnxOptions = {
  /**
   * Threads inside one operation on the CPU. In a browser the page's first backend decides for all.
   * @defaultValue all cores; 1 in a page that isn't cross-origin isolated
   */
  readonly threads?: number;
  /**
   * What runs the graph, as ONNX Runtime names it: `'cpu'`, `'cuda'`, `'dml'` (DirectML), `'coreml'`, `'webgpu'`, or objects with their
   * options. An operation that the first one lacks runs on the next, and on the CPU in the end. @defaultValue ['cpu']
   */
  readonly executionProviders?: ExecutionProviders;
};

/**
 * @throws {BackendError} if the runtime can't be loaded, or lacks an execution provider or that one's hardware: nothing runs on the CPU
 * instead; {ConfigError} for options that make no sense.
 */
export async function createBackend({ threads: wanted, executionProviders = ['cpu'] }: OnnxOptions = {}): Promise<OnnxBackend> {
  if (wanted !== undefined) assertPositiveInteger('backend/onnx: threads', wanted);
  const providers = executionProviders.map((provider) => (typeof provider === 'string' ? provider : provider.name));
  if (providers.length === 0) throw new ConfigError("backend/onnx: executionProviders is empty; it must name at least one, such as 'cpu'");
  const { runtime, title, threads, providers: known } = await loadRuntime({ threads: wanted, providers });
  const missing = providers.find((provider) => !known.includes(provider));
  if (missing) throw new BackendError(`backend/onnx: ${title} here has no execution provider '${missing}'; it has ${known.join(', ')}`);

  await makeCurrent('cpu'); // holds the tensors between calls; computes nothing
  const session = { intraOpNumThreads: threads, executionProviders };
  if (providers.some((provider) => !CPU.includes(provider))) await assertStarts(providers, { runtime, session });
  const statistics: CompileStatistics = { graphs: 0, sessionRuns: 0 };
  const options: CompileOptions = { runtime, statistics, session };
  return {
    name: 'onnx',
    device: `${providers.map((provider) => deviceOf(provider, threads)).join(', then ')} (${title})`,
    compile: <A extends TensorTree, R extends TensorTree>(fn: (args: A) => R) => compile(fn, options),
    statistics,
  };
}

/** What runs on the CPU: WebAssembly's names for it are two. */
const CPU = ['cpu', 'wasm'];

/** A provider whose libraries or device are missing shows it with its first session. */
async function assertStarts(providers: readonly string[], options: CompileOptions): Promise<void> {
  const one = scalar(1);
  try {
    dispose(await compile((x: typeof one) => add(x, 1), options)(one));
  } catch (cause) {
    throw new BackendError(`backend/onnx: the execution providers ${providers.join(', ')} don't start here: ${cause}`, { cause });
  } finally {
    one.dispose();
  }
}

const DEVICES: Readonly<Record<string, string>> = { cuda: 'CUDA', dml: 'DirectML', coreml: 'CoreML', webgpu: 'WebGPU' };

function deviceOf(provider: string, threads: number): string {
  if (CPU.includes(provider)) return `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return DEVICES[provider] ?? provider;
}
