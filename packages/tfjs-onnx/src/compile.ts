/** Traced functions as sessions of ONNX Runtime. */

import { type Tensor, type TypedArray, tensor } from '@tensorflow/tfjs-core';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import { blockOf } from './block-size.ts';
import { isHeldByOnnx, storedAs } from './data-types.ts';
import { encodeModel } from './encode.ts';
import { TraceError } from './errors.ts';
import type { OnnxRuntime } from './onnx-runtime.ts';
import { refuseWhileTracing, trace } from './trace.ts';
import { leaves, type TensorTree, withLeaves } from './tree.ts';

export type CompileOptions = {
  readonly runtime: OnnxRuntime;
  /** Passed to each session. @defaultValue every graph optimisation, no memory patterns, warnings not printed */
  readonly session?: InferenceSession.SessionOptions;
  /** Counts what happens, for tests and for the curious. */
  readonly statistics?: CompileStatistics;
};

export type CompileStatistics = { graphs: number; sessionRuns: number };

type Session = {
  readonly session: InferenceSession;
  readonly resultTree: TensorTree;
  readonly results: readonly { name: string; shape: number[]; dtype: string }[];
};

/**
 * Compiles a pure function of tensors, gradients included, into one ONNX graph per combination of shapes.
 *
 * The tensors in `args` are the graph's inputs. Every number, and every other tensor that `fn` uses, is frozen at the first call,
 * which calls `fn` twice to see whether it draws random numbers. One call is one session run. The caller disposes args and results.
 *
 * @throws {TraceError} at the first call, if `fn` reads a tensor's value, uses a kernel without a translation, draws random numbers, or
 * returns something that isn't a tensor.
 * @example const step = compile(({ x, y }) => mul(x, y), { runtime: await import('onnxruntime-node') });
 */
export function compile<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R, options: CompileOptions): (args: A) => Promise<R> {
  const sessions = new Map<string, Promise<Session>>();
  return async (args) => {
    refuseWhileTracing();
    const inputs = leaves(args, 'args');
    for (const { path, value } of inputs) {
      if (value.isDisposed) throw new TraceError(`tfjs-onnx: ${path} has been disposed`);
    }
    // records are the same in whatever order they list their tensors
    const signature = inputs
      .map(({ path, value }) => `${path} ${value.dtype} [${value.shape}]`)
      .sort()
      .join('; ');
    let session = sessions.get(signature);
    if (!session) {
      session = createSession(fn, args, options);
      sessions.set(signature, session);
      session.catch(() => sessions.delete(signature));
    }
    return run(await session, inputs, options) as Promise<R>;
  };
}

async function createSession<A extends TensorTree, R extends TensorTree>(
  fn: (args: A) => R,
  args: A,
  options: CompileOptions,
): Promise<Session> {
  const block = runsOnCpu(options) ? await blockOf(options.runtime) : 0;
  const { graph, results, resultTypes } = trace(fn, args, block);
  const session = await options.runtime.InferenceSession.create(encodeModel(graph), {
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    enableMemPattern: false, // a pattern's memory would come on top of the arena's
    ...options.session,
  });
  if (options.statistics) options.statistics.graphs++;
  return { session, resultTree: results, results: graph.outputs.map(({ name }, i) => ({ name, ...resultTypes[i]! })) };
}

/** Only the CPU has the blocked layout. */
function runsOnCpu({ session }: CompileOptions): boolean {
  const names = session?.executionProviders?.map((provider) => (typeof provider === 'string' ? provider : provider.name)) ?? [];
  return names.every((name) => name === 'cpu' || name === 'wasm');
}

async function run(
  { session, resultTree, results }: Session,
  inputs: readonly { path: string; value: Tensor }[],
  options: CompileOptions,
): Promise<TensorTree> {
  const feeds: Record<string, OrtTensor> = {};
  for (const { path, value } of inputs) {
    if (!isHeldByOnnx(value.dtype))
      throw new TraceError(`tfjs-onnx: ${path} is a ${value.dtype} tensor; an ONNX graph holds float32, int32 and bool`);
    const values = storedAs(value.dtype, (await value.data()) as TypedArray);
    feeds[`in.${path}`] = new options.runtime.Tensor(value.dtype, values as never, value.shape);
  }
  const outputs = await session.run(feeds);
  if (options.statistics) options.statistics.sessionRuns++;
  const tensors = results.map(({ name, shape, dtype }) => tensor(outputs[name]!.data as TypedArray, shape, dtype as 'float32'));
  return withLeaves(resultTree, tensors);
}
