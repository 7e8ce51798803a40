import { encodeModel } from './encode.ts';
import { trace } from './trace.ts';
import type { TensorTree } from './tree.ts';

/**
 * Writes a pure function of tensors down as the bytes of an `.onnx` file, for tools that know nothing of TensorFlow.js.
 *
 * @param args Tensors of the shapes and types that the graph is to have; their values don't matter. The graph's inputs are named `in.`
 * plus their places in `args`, its outputs `out.` plus their places in the result; `in.args` and `out.result` where that is one tensor.
 */
export function toOnnx<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R, args: A): Uint8Array {
  return encodeModel(trace(fn, args).graph);
}
