import type { OnnxBackend } from '@rddpm/backend/onnx';
import type { Backend, HostTensor, TensorTree } from '@rddpm/core';
import { dispose, Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

export type HostTree<R> = R extends Tensor
  ? HostTensor
  : R extends readonly (infer Item)[]
    ? HostTree<Item>[]
    : { [K in keyof R]: HostTree<R[K]> };

/** By name of the vitest project. Only the one under test is loaded. */
const CREATE: Readonly<Record<string, () => Promise<Backend>>> = {
  cpu: async () => (await import('@rddpm/backend/cpu')).createBackend(),
  onnx: async () => (await import('@rddpm/backend/onnx')).createBackend(),
  webgpu: async () => (await import('@rddpm/backend/webgpu')).createBackend(),
  tensorflow: async () => (await import('@rddpm/backend/tensorflow')).createBackend(),
};

const name: string = import.meta.env.RDDPM_TEST_BACKEND ?? 'cpu'; // there in Node and in browsers
const create = CREATE[name];
if (!create) throw new Error(`RDDPM_TEST_BACKEND is '${name}'; there are ${Object.keys(CREATE).join(', ')}`);

/** The backend that the vitest project names. */
export const backend: Backend = await create();
const onnx = backend.name === 'onnx' ? (backend as OnnxBackend) : undefined;

/**
 * Runs a pure function of tensors on the backend under test and brings the results to the host. On onnx, the call must be exactly one
 * session run: nothing was computed eagerly. The caller keeps `args`.
 */
export function evaluate<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R, args: A): Promise<HostTree<R>> {
  return evaluator(fn)(args);
}

/** `evaluate` for many arguments of one shape: compiled once. Call it again only when the last call has ended. */
export function evaluator<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R): (args: A) => Promise<HostTree<R>> {
  const compiled = backend.compile(fn);
  return async (args) => {
    const runsBefore = onnx?.statistics.sessionRuns;
    const results: TensorTree = await compiled(args);
    if (onnx && runsBefore !== undefined) expect(onnx.statistics.sessionRuns - runsBefore, 'session runs per call').toBe(1);
    const host = await toHostTree(results);
    dispose(results as never);
    return host as HostTree<R>;
  };
}

async function toHostTree(tree: TensorTree): Promise<unknown> {
  if (tree instanceof Tensor) return { shape: tree.shape, data: Float32Array.from(await tree.data()) };
  if (Array.isArray(tree)) return Promise.all(tree.map(toHostTree));
  const entries = Object.entries(tree).map(async ([name, value]) => [name, await toHostTree(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
