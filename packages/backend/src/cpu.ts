/** TensorFlow.js in plain JavaScript: slow, everywhere. For tests and small tensors. */
import type { Backend } from '@rddpm/core';
import { compileEagerly } from './eager.ts';
import { makeCurrent } from './make-current.ts';

export async function createBackend(): Promise<Backend> {
  await makeCurrent('cpu');
  return { name: 'cpu', device: 'CPU, 1 thread (TensorFlow.js in JavaScript)', compile: compileEagerly };
}
