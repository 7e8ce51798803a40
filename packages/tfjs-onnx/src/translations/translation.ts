import { ELEMENT_TYPE } from '../data-types.ts';
import { TraceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { inOrder, type Layout, nameIn, nativeOrder, type Traced } from '../traced.ts';

/** One call of a TensorFlow.js kernel. */
export type KernelCall = {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Traced>>;
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** Writes a kernel call down as nodes and says what came of it. */
export type Translation = (call: KernelCall) => Traced | Traced[];

/** A result under one name, in a layout or with its axes in an order. */
export function result(
  name: string,
  shape: readonly number[],
  dtype: Traced['dtype'],
  layout: Layout | readonly number[] = inOrder(shape.length),
): Traced {
  return { shape, dtype, forms: [{ ...('order' in layout ? layout : { order: layout }), name }] };
}

/** The operand that the kernel calls `name`. */
export function operand({ inputs }: KernelCall, name: string): Traced {
  const traced = inputs[name];
  if (!traced) throw new TraceError(`tfjs-onnx: a kernel was called without its operand '${name}'`);
  return traced;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export function cast({ graph }: KernelCall, x: Traced, dtype: Traced['dtype']): Traced {
  if (dtype === x.dtype) return x;
  const order = nativeOrder(x);
  return result(graph.node('Cast', [nameIn(graph, x, order)], { to: ELEMENT_TYPE[dtype] }), x.shape, dtype, order);
}
