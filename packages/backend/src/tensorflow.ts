/** TensorFlow through tfjs-node or tfjs-node-gpu: operation by operation, in C++ or CUDA. Node 20 and 22. */
import { assertPositiveInteger, type Backend } from '@rddpm/core';
import { loadTensorflow } from '#tensorflow';
import { compileEagerly } from './eager.ts';
import { makeCurrent } from './make-current.ts';
import { registerExplicitPadding } from './tensorflow/explicit-padding.ts';

export type TensorflowBackend = Backend & {
  /** Whether a GPU computes. On a CPU, `@rddpm/backend/onnx` is faster. */
  readonly gpu: boolean;
};

export type TensorflowOptions = {
  /** Threads inside one operation on the CPU. The process's first backend decides for all. @defaultValue all cores */
  readonly threads?: number;
  /** Whether computing on the CPU will do. @defaultValue true */
  readonly cpu?: boolean;
};

/**
 * @throws {BackendError} if TensorFlow isn't installed, can't be loaded, doesn't work with this Node, has started with other threads, or has
 * no GPU and `cpu` is false; {ConfigError} for threads that make no sense.
 */
export async function createBackend({ threads: wanted, cpu = true }: TensorflowOptions = {}): Promise<TensorflowBackend> {
  if (wanted !== undefined) assertPositiveInteger('backend/tensorflow: threads', wanted);
  const { version, gpu, threads } = await loadTensorflow({ threads: wanted, cpu });
  registerExplicitPadding();
  await makeCurrent('tensorflow');
  const device = gpu ? 'GPU (CUDA, ' : `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'} (`;
  return { name: 'tensorflow', device: `${device}TensorFlow ${version})`, gpu, compile: compileEagerly };
}
