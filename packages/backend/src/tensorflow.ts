/** TensorFlow through tfjs-node or tfjs-node-gpu: operation by operation, in C++ or CUDA. Node 20 and 22. */
import type { Backend } from '@rddpm/core';
import { loadTensorflow } from '#tensorflow';
import { compileEagerly } from './eager.ts';
import { makeCurrent } from './make-current.ts';
import { registerExplicitPadding } from './tensorflow/explicit-padding.ts';

export type TensorflowBackend = Backend & {
  /** Whether a GPU computes. On a CPU, `@rddpm/backend/onnx` is faster. */
  readonly gpu: boolean;
};

/** @throws {BackendError} if TensorFlow isn't installed, can't be loaded, or doesn't work with this Node. */
export async function createBackend(): Promise<TensorflowBackend> {
  const { version, gpu } = await loadTensorflow();
  registerExplicitPadding();
  await makeCurrent('tensorflow');
  const device = `${gpu ? 'GPU (CUDA, ' : 'CPU ('}TensorFlow ${version})`;
  return { name: 'tensorflow', device, gpu, compile: compileEagerly };
}
