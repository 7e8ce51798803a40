import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from './weights.ts';

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

/** A network's file, opened: it takes one float32 tensor, and runs without a backend. `openOnnx` of `@rddpm/backend/onnx` makes it. */
export interface OpenedModel {
  /** By axis, undefined where any length will do. */
  readonly inputShape: readonly (number | undefined)[];
  /** @returns The tensors that it was opened for, in the order in which they were asked for. */
  run(input: HostTensor): Promise<HostTensor[]>;
  dispose(): void;
}
