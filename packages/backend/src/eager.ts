import type { TensorTree } from '@rddpm/core';
import { tidy } from '@tensorflow/tfjs';

/** `Backend.compile` for backends that compute as they go: the function runs in a tidy. */
export function compileEagerly<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R): (args: A) => Promise<R> {
  return async (args) => tidy(() => fn(args) as never);
}
