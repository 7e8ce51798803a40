/**
 * ONNX Runtime: each compiled function is traced into one graph. The fast way on a machine without a GPU, from npm alone; in browsers
 * on WebAssembly.
 */

import { type Backend, BackendError, type TensorTree } from '@rddpm/core';
import { type CompileOptions, type CompileStatistics, compile } from '@rddpm/tfjs-onnx';
import { add, dispose, scalar } from '@tensorflow/tfjs';
import { makeCurrent } from './make-current.ts';
import { CPU, type OnnxOptions, startRuntime } from './onnx-runtime/start.ts';

export { type OpenOnnxOptions, openOnnx } from './onnx-runtime/open-onnx.ts';
export type { OnnxOptions };

export type OnnxBackend = Backend & { readonly statistics: Readonly<CompileStatistics> };

/**
 * @throws {BackendError} if the runtime can't be loaded, or lacks an execution provider or that one's hardware: nothing runs on the CPU
 * instead; {ConfigError} for options that make no sense.
 */
export async function createBackend(options: OnnxOptions = {}): Promise<OnnxBackend> {
  const { runtime, title, threads, providers, onCpu, session } = await startRuntime(options);
  await makeCurrent('cpu'); // holds the tensors between calls; computes nothing
  if (!onCpu) await assertStarts(providers, { runtime, session });
  const statistics: CompileStatistics = { graphs: 0, sessionRuns: 0 };
  const compilation: CompileOptions = { runtime, statistics, session };
  return {
    name: 'onnx',
    device: `${providers.map((provider) => deviceOf(provider, threads)).join(', then ')} (${title})`,
    compile: <A extends TensorTree, R extends TensorTree>(fn: (args: A) => R) => compile(fn, compilation),
    statistics,
  };
}

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
