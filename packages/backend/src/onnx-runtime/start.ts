import { assertPositiveInteger, BackendError, ConfigError } from '@rddpm/core';
import type { CompileOptions, OnnxRuntime } from '@rddpm/tfjs-onnx';
import { loadRuntime } from '#onnx-runtime';

type SessionOptions = NonNullable<CompileOptions['session']>;

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
  readonly executionProviders?: NonNullable<SessionOptions['executionProviders']>;
};

export type StartedRuntime = {
  readonly runtime: OnnxRuntime;
  /** For people: 'ONNX Runtime 1.30.0'. */
  readonly title: string;
  readonly threads: number;
  /** Names of the execution providers, in the order in which they are asked. */
  readonly providers: readonly string[];
  /** And nothing else. */
  readonly onCpu: boolean;
  readonly session: SessionOptions;
};

/** @throws {BackendError} if the runtime can't be loaded, or lacks an execution provider; {ConfigError} for options that make no sense. */
export async function startRuntime({ threads: wanted, executionProviders = ['cpu'] }: OnnxOptions): Promise<StartedRuntime> {
  if (wanted !== undefined) assertPositiveInteger('backend/onnx: threads', wanted);
  const providers = executionProviders.map((provider) => (typeof provider === 'string' ? provider : provider.name));
  if (providers.length === 0) throw new ConfigError("backend/onnx: executionProviders is empty; it must name at least one, such as 'cpu'");
  const { runtime, title, threads, providers: known } = await loadRuntime({ threads: wanted, providers });
  const missing = providers.find((provider) => !known.includes(provider));
  if (missing) throw new BackendError(`backend/onnx: ${title} here has no execution provider '${missing}'; it has ${known.join(', ')}`);
  const session = { intraOpNumThreads: threads, executionProviders };
  return { runtime, title, threads, providers, onCpu: providers.every((provider) => CPU.includes(provider)), session };
}

/** What runs on the CPU: WebAssembly's names for it are two. */
export const CPU: readonly string[] = ['cpu', 'wasm'];
