import { ELEMENT_TYPE, storedAs } from '../data-types.ts';
import { TraceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { inOrder, type Layout, nameIn, nativeOrder, type Traced } from '../traced.ts';

/** One call of a TensorFlow.js kernel. */
export type KernelCall = {
  /** The kernel's name, for errors. */
  readonly kernel: string;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Traced>>;
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** Writes a kernel call down as nodes and says what came of it. */
export type Translation = (call: KernelCall) => Traced | Traced[];

/** What a translation makes of other operands: for kernels that are made of kernels. */
export function applied(
  translation: Translation | undefined,
  call: KernelCall,
  inputs: KernelCall['inputs'],
  attributes: KernelCall['attributes'] = {},
): Traced {
  return translation!({ ...call, inputs, attributes }) as Traced;
}

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
export function operand({ inputs, kernel }: KernelCall, name: string): Traced {
  const traced = inputs[name];
  if (!traced) throw new TraceError(`tfjs-onnx: ${kernel} was called without its operand '${name}'`);
  return traced;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export const axisIn = (axis: number, x: Traced): number => (axis < 0 ? axis + x.shape.length : axis);

/** The name of a constant of one element. */
export const scalar = (graph: Graph, dtype: Traced['dtype'], value: number): string => graph.constant(dtype, [], storedAs(dtype, [value]));

export function cast({ graph }: KernelCall, x: Traced, dtype: Traced['dtype']): Traced {
  if (dtype === x.dtype) return x;
  const order = nativeOrder(x);
  return result(graph.node('Cast', [nameIn(graph, x, order)], { to: ELEMENT_TYPE[dtype] }), x.shape, dtype, order);
}
