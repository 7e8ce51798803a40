import type { Tensor } from '@tensorflow/tfjs-core';

/** A tensor, or records and arrays of tensors. Declare your own trees as type aliases: an interface has no index signature. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** What runs tensor functions. Made by one of `@rddpm/backend`'s entries, passed as an argument everywhere else. */
export interface Backend {
  readonly name: 'onnx' | 'tensorflow' | 'webgpu' | 'cpu';
  /** For people: 'CPU, 2 threads (ONNX Runtime 1.30.0)'. */
  readonly device: string;
  /**
   * Compiles a pure function of tensors.
   *
   * Tensors in `args` are the graph's inputs; every number and tensor that `fn` captures is frozen at the first call. So training
   * passes weights, moments, learning rate, bias corrections, EMA decay, t and noise as args, and detection captures the weights.
   * Random ops inside `fn` are forbidden. Shapes are static: a new shape compiles anew.
   *
   * One call is one run. The caller disposes args and results; results are tensors of the current TensorFlow.js backend. TensorFlow.js
   * backends run `fn` in a tidy; onnx traces it once. There is no eager fall-back inside.
   */
  compile<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R): (args: A) => Promise<R>;
}
