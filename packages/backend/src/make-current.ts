import { BackendError } from '@rddpm/core';
import { enableProdMode, setBackend } from '@tensorflow/tfjs';

/** Makes a registered TensorFlow.js backend the current one. Importing `@tensorflow/tfjs` also registers every gradient. */
export async function makeCurrent(name: string): Promise<void> {
  enableProdMode(); // otherwise TensorFlow.js prints advertisements for tfjs-node
  if (!(await setBackend(name))) throw new BackendError(`TensorFlow.js could not start its backend '${name}'`);
}
